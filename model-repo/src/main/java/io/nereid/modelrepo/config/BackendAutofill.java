package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.util.List;

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

    /** @param files those of the model's first version */
    static void fill(MessageNode config, VersionFiles files, Problems problems) {
        if (config.has("ensemble_scheduling") && config.string("platform").isEmpty()) {
            config.set("platform", ENSEMBLE);
        }
        if (config.string("platform").equals(ENSEMBLE)) {
            return;
        }
        KnownBackend known = find(config, files);
        if (known != null) {
            apply(config, known);
        } else if (saysNothing(config)) {
            fillFromName(config, files, problems);
        }
    }

    private static @Nullable KnownBackend find(MessageNode config, VersionFiles files) {
        KnownBackend sameBackend = null;
        for (KnownBackend known : KNOWN) {
            if (config.string("backend").isEmpty() ? describes(config, known)
                    : config.string("backend").equals(known.backend()) && fits(config, known)) {
                // a backend with two platforms: the one whose file is there, else the first
                if (config.string("backend").isEmpty() || files.has(known.modelFilename())) {
                    return known;
                }
                sameBackend = sameBackend == null ? known : sameBackend;
            }
        }
        return sameBackend != null ? sameBackend : saysNothing(config) ? findByFile(files) : null;
    }

    private static @Nullable KnownBackend findByFile(VersionFiles files) {
        for (KnownBackend known : KNOWN) {
            if (files.has(known.modelFilename())) {
                return known;
            }
        }
        return null;
    }

    private static boolean saysNothing(MessageNode config) {
        return config.string("backend").isEmpty() && config.string("platform").isEmpty()
                && config.string("default_model_filename").isEmpty();
    }

    private static boolean describes(MessageNode config, KnownBackend known) {
        return config.string("platform").isEmpty()
                ? config.string("default_model_filename").equals(known.modelFilename())
                : config.string("platform").equals(known.platform());
    }

    private static boolean fits(MessageNode config, KnownBackend known) {
        return config.string("platform").isEmpty() || config.string("platform").equals(known.platform());
    }

    private static void apply(MessageNode config, KnownBackend known) {
        config.set("backend", known.backend());
        if (config.string("platform").isEmpty()) {
            config.set("platform", known.platform());
        }
        if (config.string("default_model_filename").isEmpty()) {
            config.set("default_model_filename", known.modelFilename());
        }
    }

    private static void fillFromName(MessageNode config, VersionFiles files, Problems problems) {
        String name = config.string("name");
        int dot = name.indexOf('.');
        if (dot < 0 || dot == name.length() - 1) {
            problems.missing("backend",
                    "Invalid model name: Could not determine backend for model '" + name
                            + "' with no backend in model configuration. Expected model name of the form"
                            + " 'model.<backend_name>'." + (files.instead().isEmpty() ? "" : " Found: ")
                            + files.instead());
            return;
        }
        config.set("backend", name.substring(dot + 1));
        config.set("default_model_filename", "model." + name.substring(dot + 1));
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
