package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** The errors of a load that cannot begin: Triton's texts, followed by the reason, which Triton only logs. */
public final class LoadErrors {
    private LoadErrors() {}

    /** The model, or what the request has in its place, cannot be read. */
    public static InferenceException unreadable(String model, String why) {
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

    /** @param models each waits for the load of the next one */
    static InferenceException circle(List<String> models) {
        return new InferenceException(ErrorCode.INVALID_ARG, "the loads of models wait for each other: "
                + String.join(" -> ", models) + "; a model cannot be loaded by what it needs to load itself");
    }

    /** The model can be read, but has no version to serve. */
    static InferenceException noVersion(String model, ModelRepositoryException e) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "load failed for model '" + model + "': " + e.getMessage(), e);
    }
}
