package io.nereid.scheduler;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;

/**
 * Takes the requests to one model version and sees to it that each is answered exactly once. {@link BatchScheduler}
 * runs them in batches on the version's instances; one that passes requests on to other models, or answers some of
 * them from a cache and passes the others on to a scheduler that it wraps, is another implementation. Thread-safe.
 */
public interface Scheduler extends AutoCloseable {
    /**
     * Queues a request and returns at once. The scheduler owns the request from here on, and the listener receives its
     * responses and its end; if this throws, the caller still owns the request and the listener receives nothing.
     *
     * @return the way to cancel the request
     * @throws InferenceException UNAVAILABLE if the model is being unloaded, the queue is full, or the answer would
     *         come too late
     */
    Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException;

    /** Whether a sequence of that id is open here; of a scheduler that knows no sequences none is. */
    default boolean hasSequence(CorrelationId id) {
        return false;
    }

    /** How many sequences are open here; of a scheduler that knows no sequences none is. */
    default int openSequences() {
        return 0;
    }

    /** How many requests wait to be run. */
    int pending();

    /** How many requests wait to be run, for how long they have waited, and how long a new one would. */
    QueueLoad load();

    /** From now on no request waits for others to join its batch: few more will come. Requests are still accepted. */
    void flush();

    /** Rejects new requests from now on. What is queued still runs. Returns at once; without effect when closed. */
    @Override
    void close();
}
