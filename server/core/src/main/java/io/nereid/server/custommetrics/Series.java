package io.nereid.server.custommetrics;

import io.nereid.backend.ModelMetrics.Kind;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/** One series, and how many have it. Not thread-safe: used under the lock of {@link CustomMetrics}. */
final class Series {
    private final Kind kind;
    private final SortedMap<String, String> labels;
    private final List<Double> bounds;
    private final long[] counts;
    private double value;
    private int holders;

    Series(Kind kind, SortedMap<String, String> labels, List<Double> bounds) {
        this.kind = kind;
        this.labels = labels;
        this.bounds = bounds;
        this.counts = new long[kind == Kind.HISTOGRAM ? bounds.size() + 1 : 0];
    }

    /** One more has it. */
    Series held() {
        holders++;
        return this;
    }

    /** One less has it; says whether it was the last. */
    boolean isReleased() {
        holders--;
        return holders == 0;
    }

    SortedMap<String, String> labels() {
        return labels;
    }

    void increment(double by) throws InferenceException {
        refuseFor(Kind.HISTOGRAM, "increment metric value", "Increment");
        if (kind == Kind.COUNTER && !(by >= 0)) {
            throw refusal("increment metric value",
                    "TRITONSERVER_METRIC_KIND_COUNTER can only be incremented monotonically by non-negative values.");
        }
        value += by;
    }

    void set(double to) throws InferenceException {
        refuseFor(Kind.COUNTER, "set metric value", "Set");
        refuseFor(Kind.HISTOGRAM, "set metric value", "Set");
        value = to;
    }

    void observe(double observation) throws InferenceException {
        refuseFor(Kind.COUNTER, "observe metric value", "Observe");
        refuseFor(Kind.GAUGE, "observe metric value", "Observe");
        int bucket = 0;
        while (bucket < bounds.size() && !(observation <= bounds.get(bucket))) {
            bucket++;
        }
        counts[bucket]++;
        value += observation;
    }

    double value() throws InferenceException {
        refuseFor(Kind.HISTOGRAM, "get metric value", "Value");
        return value;
    }

    private void refuseFor(Kind refused, String what, String operation) throws InferenceException {
        if (kind == refused) {
            throw refusal(what, "TRITONSERVER_METRIC_KIND_" + kind + " does not support " + operation);
        }
    }

    private static InferenceException refusal(String what, String why) {
        return new InferenceException(ErrorCode.UNSUPPORTED, "Failed to " + what + ": " + why);
    }

    CustomFamily.Sample sample() {
        return new CustomFamily.Sample(labels, value, bounds, Arrays.stream(counts).boxed().toList());
    }
}
