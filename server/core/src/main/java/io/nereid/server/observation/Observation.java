package io.nereid.server.observation;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

/**
 * One request that is observed, from its arrival to the end of its answer. The code that has the request reports what
 * it does with it, and calls {@link #end} when the answer has gone or was dropped. Thread-safe; no method blocks.
 */
public interface Observation {
    /** Where the scheduler notes its times of the request. */
    RequestTimes times();

    /** The trace that it is recorded in; null for none. */
    @Nullable
    RequestTrace trace();

    /** The request was read and has this id; it may still be refused. */
    void named(String id);

    /** The request goes to this version of the model, and not to the one that it was begun with. */
    void servedBy(long version);

    /** The request was read and is about to be queued; its memory is still the caller's. */
    void submitted(InferenceRequest request);

    /** Receives what the model answers before {@code listener} does. */
    ResponseListener before(ResponseListener listener);

    /** A part of the answer is about to be sent, of so many bytes. */
    void sending(long bytes);

    /** The HTTP status of the answer; the first one counts. */
    void status(int http);

    /** The error that the client receives instead of, or behind, an answer; the first one counts. */
    void failed(InferenceException error);

    /** The answer has gone, or was dropped. Calling this again does nothing. */
    void end();
}
