package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Predicate;

/**
 * Fills in backend, platform and file name from each other, from the files of a version or from the model's name, in
 * Triton's order (docs/compatibility.md).
 */
final class BackendAutofill {

    static final String ENSEMBLE = "ensemble";

    /**
     * A backend that is recognised by its files.
     *
     * @param platform empty where the backend has no platform name
     */
    record KnownBackend(String backend, String platform, String modelFilename) {}

    /** In the order in which they are looked for. */
    private static final List<KnownBackend> KNOWN = List.of(
            new KnownBackend("tensorflow", "tensorflow_savedmodel", "model.savedmodel"),
            new KnownBackend("tensorflow", "tensorflow_graphdef", "model.graphdef"),
            new KnownBackend("tensorrt", "tensorrt_plan", "model.plan"),
            new KnownBackend("onnxruntime", "onnxruntime_onnx", "model.onnx"),
            new KnownBackend("openvino", "", "model.xml"),
            new KnownBackend("pytorch", "pytorch_libtorch", "model.pt"),
            new KnownBackend("pytorch", "torch_aoti", "model.pt2"), new KnownBackend("python", "", "model.py"));

    private BackendAutofill() {}

    /** @param hasFile whether the model's first version has a file or directory of that name */
    static void fill(ModelConfigProto.ModelConfig.Builder config, Predicate<String> hasFile, Problems problems) {
        if (config.hasEnsembleScheduling() && config.getPlatform().isEmpty()) {
            config.setPlatform(ENSEMBLE);
        }
        if (config.getPlatform().equals(ENSEMBLE)) {
            return;
        }
        KnownBackend known = find(config, hasFile);
        if (known != null) {
            apply(config, known);
        } else if (saysNothing(config)) {
            fillFromName(config, problems);
        }
    }

    private static @Nullable KnownBackend find(ModelConfigProto.ModelConfig.Builder config, Predicate<String> hasFile) {
        KnownBackend sameBackend = null;
        for (KnownBackend known : KNOWN) {
            if (config.getBackend().isEmpty() ? describes(config, known)
                    : config.getBackend().equals(known.backend()) && fits(config, known)) {
                // a backend with two platforms: the one whose file is there, else the first
                if (config.getBackend().isEmpty() || hasFile.test(known.modelFilename())) {
                    return known;
                }
                sameBackend = sameBackend == null ? known : sameBackend;
            }
        }
        return sameBackend != null ? sameBackend : saysNothing(config) ? findByFile(hasFile) : null;
    }

    private static @Nullable KnownBackend findByFile(Predicate<String> hasFile) {
        for (KnownBackend known : KNOWN) {
            if (hasFile.test(known.modelFilename())) {
                return known;
            }
        }
        return null;
    }

    private static boolean saysNothing(ModelConfigProto.ModelConfig.Builder config) {
        return config.getBackend().isEmpty() && config.getPlatform().isEmpty()
                && config.getDefaultModelFilename().isEmpty();
    }

    private static boolean describes(ModelConfigProto.ModelConfig.Builder config, KnownBackend known) {
        return config.getPlatform().isEmpty() ? config.getDefaultModelFilename().equals(known.modelFilename())
                : config.getPlatform().equals(known.platform());
    }

    private static boolean fits(ModelConfigProto.ModelConfig.Builder config, KnownBackend known) {
        return config.getPlatform().isEmpty() || config.getPlatform().equals(known.platform());
    }

    private static void apply(ModelConfigProto.ModelConfig.Builder config, KnownBackend known) {
        config.setBackend(known.backend());
        if (config.getPlatform().isEmpty()) {
            config.setPlatform(known.platform());
        }
        if (config.getDefaultModelFilename().isEmpty()) {
            config.setDefaultModelFilename(known.modelFilename());
        }
    }

    private static void fillFromName(ModelConfigProto.ModelConfig.Builder config, Problems problems) {
        String name = config.getName();
        int dot = name.indexOf('.');
        if (dot < 0 || dot == name.length() - 1) {
            problems.missing("backend",
                    "Invalid model name: Could not determine backend for model '" + name
                            + "' with no backend in model configuration. Expected model name of the form"
                            + " 'model.<backend_name>'.");
            return;
        }
        config.setBackend(name.substring(dot + 1));
        config.setDefaultModelFilename("model." + name.substring(dot + 1));
    }

    /** Whether a platform is one that a known backend has, and that backend is another one. */
    static boolean contradict(String platform, String backend) {
        boolean knownPlatform = false;
        boolean knownBackend = false;
        for (KnownBackend known : KNOWN) {
            if (known.platform().equals(platform) && known.backend().equals(backend)) {
                return false;
            }
            knownPlatform |= known.platform().equals(platform);
            knownBackend |= known.backend().equals(backend) && !known.platform().isEmpty();
        }
        return knownPlatform || knownBackend;
    }
}
