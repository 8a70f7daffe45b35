package io.nereid.inference;

/**
 * Receives what becomes of one request: any number of responses, of which the last may say that it is the last, and then,
 * unless it did, exactly one of {@link #onEnd} and {@link #onError}. A model that is not decoupled gives exactly one
 * response, which is the last, or an error.
 *
 * <p>Called on an instance thread, a thread of the backend, or one that closes the scheduler, one call after the other.
 * An implementation hands on and returns, and does not throw. It may block only in a response that is not the last, to
 * slow down a decoupled model whose responses nobody takes; it must return then as soon as the request is cancelled.
 */
public interface ResponseListener {
    /**
     * The model answered; the listener owns the response from here on.
     *
     * @param last whether this was all
     */
    void onResponse(InferenceResponse response, boolean last);

    /**
     * An error in the place of a response of a decoupled model that goes on: others may follow, then the end. Passed over
     * by whoever cares for responses only.
     */
    default void onFailedResponse(InferenceException error) {}

    /**
     * There will be no further response. Whoever needs one takes that for an error of the model, as the default does.
     */
    default void onEnd() {
        onError(new InferenceException(ErrorCode.INTERNAL, "expected a single response, got 0"));
    }

    /** There will be no further response, because something failed. */
    void onError(InferenceException error);
}
