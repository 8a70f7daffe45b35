package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import org.jspecify.annotations.Nullable;

/** What a client hears when it asked for a load that cannot even begin: Triton's words, and behind them what it only logs. */
public final class LoadErrors {
    private LoadErrors() {}

    /** The model, or what the request has in its place, cannot be read. */
    static InferenceException unreadable(String model, String why) {
        return unreadable(model, why, null);
    }

    /** The model, or what the request has in its place, cannot be read. */
    public static InferenceException unreadable(String model, ModelRepositoryException e) {
        return unreadable(model, String.valueOf(e.getMessage()), e);
    }

    private static InferenceException unreadable(String model, String why, @Nullable Throwable cause) {
        return new InferenceException(ErrorCode.INTERNAL,
                "failed to load '" + model + "', failed to poll from model repository: " + why, cause);
    }

    /** All is well with the model but that there is no version to serve. */
    static InferenceException noVersion(String model, ModelRepositoryException e) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "load failed for model '" + model + "': " + e.getMessage(), e);
    }
}
