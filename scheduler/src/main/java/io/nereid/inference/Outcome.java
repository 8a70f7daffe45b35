package io.nereid.inference;

/** How a request ended: with an answer or with an error. */
public sealed interface Outcome permits InferenceResponse, InferenceException {
    /** Calls the listener, who owns a response from here on. */
    void sendTo(ResponseListener listener);
}
