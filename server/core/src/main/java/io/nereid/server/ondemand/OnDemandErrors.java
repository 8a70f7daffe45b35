package io.nereid.server.ondemand;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What requests are told whose models are not loaded. */
final class OnDemandErrors {
    private OnDemandErrors() {}

    private static InferenceException unavailable(String text) {
        return new InferenceException(ErrorCode.UNAVAILABLE, text);
    }

    private static int seconds(long nanos) {
        long whole = (nanos + TimeUnit.SECONDS.toNanos(1) - 1) / TimeUnit.SECONDS.toNanos(1);
        return Math.clamp(whole, 1, 3600);
    }

    static InferenceException tooManyWait(String model, int most) {
        return unavailable("model '" + model + "' is not loaded, and " + most + " requests wait for models already"
                + " (--on-demand-max-waiting-requests)").withRetryAfter(1);
    }

    static InferenceException tooLate(String model, Duration longest) {
        return unavailable("model '" + model + "' was not loaded within " + longest.toSeconds()
                + " s (--on-demand-max-wait-secs)").withRetryAfter(1);
    }

    /** @param nanos when there may be room */
    static InferenceException noRoom(String model, long nanos) {
        return unavailable("there is no room for model '" + model + "' now: what is loaded was loaded a short time ago"
                + " (--on-demand-min-loaded-secs)").withRetryAfter(seconds(nanos));
    }

    static InferenceException tooLarge(String model, long bytes, boolean measured, long mostBytes, long budget) {
        return unavailable("model '" + model + "' does not fit: it " + (measured ? "holds " : "has files of ") + bytes
                + " bytes, and without all models that may go there are " + mostBytes + " of --model-memory-budget="
                + budget);
    }

    /** @param nanos until it is tried again */
    static InferenceException failed(String model, InferenceException reason, long nanos) {
        int seconds = seconds(nanos);
        return unavailable("model '" + model + "' could not be loaded, and is tried again in " + seconds + " s at the"
                + " earliest: " + reason.text()).withRetryAfter(seconds);
    }

    static InferenceException cancelled(String model) {
        return new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it waited for model '"
                + model + "'");
    }

    static InferenceException stopping() {
        return unavailable("the server is exiting");
    }

    /** An upload that was unloaded. */
    static InferenceException gone(String model) {
        return new InferenceException(ErrorCode.NOT_FOUND, "Request for unknown model: '" + model + "' is not found");
    }

    static InferenceException notUnloaded(String model) {
        return unavailable("the last requests to what model '" + model + "' takes the room of have not ended")
                .withRetryAfter(1);
    }
}
