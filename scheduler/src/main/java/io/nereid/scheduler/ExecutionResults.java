package io.nereid.scheduler;

import io.nereid.inference.Outcome;

/** Receives what becomes of requests that were executed. Does not throw. Thread-safe. */
@FunctionalInterface
public interface ExecutionResults {
    /** The request's listener is to receive that, which is this object's from here on. */
    void deliver(QueuedRequest request, Outcome outcome);

    /**
     * An execution of a request of an iterative sequence is over: called once for each execution of each request, after
     * all that it has sent has been sent. With {@link Release#RESCHEDULE} the request is this object's from here on; with
     * {@link Release#ALL} it, and its memory, are nobody's any more.
     */
    default void release(QueuedRequest request, Release release) {
        throw new UnsupportedOperationException("the model has no iterative sequences");
    }

    /**
     * An execution that has put a request back is over, and what it has sent is not all sent: {@link #release} follows
     * when it is, for which the client has to read.
     */
    default void awaitRelease(QueuedRequest request) {
        throw new UnsupportedOperationException("the model has no iterative sequences");
    }
}
