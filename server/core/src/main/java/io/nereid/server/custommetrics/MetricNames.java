package io.nereid.server.custommetrics;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Which names a model may give to its metrics, their labels and buckets: what Prometheus reads, and not the server's. */
final class MetricNames {
    private static final Pattern FAMILY = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
    /** What the names of the server's own begin with (docs/metrics.md). */
    private static final List<String> OF_SERVER = List.of("nereid_", "nv_inference_", "nv_model_", "nv_cpu_", "nv_gpu_",
            "nv_energy_", "nv_pinned_memory_", "nv_cache_");

    private MetricNames() {}

    static void checkFamily(String name) throws InferenceException {
        if (!FAMILY.matcher(name).matches()) {
            throw refusal("metric family", "the name '" + name + "' is none (expected letters, digits, _ and :)");
        }
        for (String prefix : OF_SERVER) {
            if (name.startsWith(prefix)) {
                throw refusal("metric family", "names that begin with '" + prefix + "' are the server's own, got '"
                        + name + "'");
            }
        }
    }

    static void checkLabels(Set<String> names, boolean histogram) throws InferenceException {
        for (String name : names) {
            if (!LABEL.matcher(name).matches() || name.startsWith("__") || (histogram && name.equals("le"))) {
                throw refusal("metric", "the label '" + name + "' is none (expected letters, digits and _, not two of"
                        + " those in front, and not 'le' of a histogram)");
            }
        }
    }

    static void checkBounds(List<Double> bounds) throws InferenceException {
        for (int i = 0; i < bounds.size(); i++) {
            if (bounds.get(i).isNaN() || (i > 0 && !(bounds.get(i - 1) < bounds.get(i)))) {
                throw refusal("metric", "Bucket boundaries must be unique and in ascending order, got " + bounds);
            }
        }
    }

    static InferenceException refusal(String what, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "Failed to create " + what + ": " + why);
    }
}
