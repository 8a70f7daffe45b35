package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;

/** What becomes of the calls of a worker. */
@FunctionalInterface
public interface CallHandler {
    /**
     * A call has come. Called on the thread that reads the worker's calls, one after the other; returns at once.
     *
     * @param call of use until this returns
     * @param replies where the answer is written, now or later
     * @throws MalformedFrameException if no worker says that: it is ended
     */
    void handle(FrameReader call, Replies replies) throws MalformedFrameException;
}
