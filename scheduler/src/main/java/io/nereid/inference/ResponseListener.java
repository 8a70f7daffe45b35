package io.nereid.inference;

/**
 * Hears the end of one request: exactly one of its methods is called, exactly once, on an instance thread or on a thread
 * that closes the scheduler. An implementation hands on and returns: it neither blocks nor throws.
 */
public interface ResponseListener {
    /** The model answered; the listener owns the response from here on. */
    void onResponse(InferenceResponse response);

    /** There will be no answer. */
    void onError(InferenceException error);
}
