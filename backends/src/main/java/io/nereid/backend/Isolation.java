package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;

/** Whether a model's instances run in processes of their own (docs/isolation.md): what backends do, and models ask for. */
public enum Isolation {
    /** No model's do. */
    NEVER,
    /** Those of models that ask for it. */
    ON_REQUEST,
    /** All of them, asked or not. */
    ALWAYS;

    /** The parameter of a configuration that asks for it. */
    public static final String PARAMETER = "isolation";
    /** What the names of further parameters of it begin with. */
    public static final String PREFIX = PARAMETER + ".";

    /**
     * Whether the model asks for it.
     *
     * @throws InferenceException INVALID_ARG if the parameter is none of the words that it may be
     */
    public static boolean isAsked(ModelConfig config) throws InferenceException {
        String value = config.parameters().getOrDefault(PARAMETER, "none").strip();
        return switch (value) {
            case "process" -> true;
            case "none" -> false;
            default -> throw unable(config, "parameter '" + PARAMETER + "' is '" + value
                    + "' (expected process or none)");
        };
    }

    /**
     * Checks that a model gets what it asks for.
     *
     * @param what which models are isolated like this, for people, as {@code models of backend 'identity'}
     * @throws InferenceException INVALID_ARG if it does not, or if it has parameters of isolation that say nothing
     */
    public void check(ModelConfig config, String what) throws InferenceException {
        if (isAsked(config) && this == NEVER) {
            throw unable(config, "parameter '" + PARAMETER + "' is 'process', which " + what
                    + " cannot have (those of onnxruntime can)");
        }
        boolean reads = this == ON_REQUEST && isAsked(config);
        for (String name : config.parameters().keySet()) {
            if (name.startsWith(PREFIX) && !reads) {
                throw unable(config, "parameter '" + name + "' has no effect " + (this == ON_REQUEST
                        ? "without parameter '" + PARAMETER + "' (expected process)"
                        : "on " + what));
            }
        }
    }

    private static InferenceException unable(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "': " + why);
    }
}
