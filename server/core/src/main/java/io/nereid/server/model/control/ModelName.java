package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.nio.charset.StandardCharsets;

/** The names that a client may load a model by. Texts are Triton's where it has one. */
final class ModelName {
    /** What a directory's name may have. */
    private static final int LONGEST = 255;

    private ModelName() {}

    /** @throws InferenceException INVALID_ARG if it cannot be the name of a directory in the model repository */
    static void check(String model) throws InferenceException {
        checkGiven(model);
        if (model.contains("..") || model.indexOf('/') >= 0 || model.indexOf('\\') >= 0) {
            throw wrong(model, "model name must not contain path traversal characters");
        }
        if (model.startsWith(".") || model.indexOf('\0') >= 0) {
            throw wrong(model, "model name must not begin with a dot or contain a zero byte");
        }
    }

    /**
     * Of a name that a model is given in place of its directory's: it is no part of a path.
     *
     * @throws InferenceException INVALID_ARG if no model can have it
     */
    static void checkGiven(String model) throws InferenceException {
        if (model.isEmpty()) {
            throw invalid("model name must not be empty");
        }
        if (model.isBlank()) {
            throw invalid("model name must not contain only whitespace characters");
        }
        int length = model.getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST) {
            throw wrong(model.substring(0, Math.min(LONGEST, model.length())) + "...",
                    "model name must not be longer than " + LONGEST + " bytes, got " + length);
        }
    }

    private static InferenceException wrong(String model, String why) {
        return invalid("invalid model name '" + model + "', " + why);
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
