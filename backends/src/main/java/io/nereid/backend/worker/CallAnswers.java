package io.nereid.backend.worker;

import io.nereid.backend.worker.process.CallHandler;
import io.nereid.backend.worker.process.Replies;

import java.util.concurrent.CompletableFuture;

/** What the server answers to the calls of one worker, and asks it between executions. Thread-safe. */
public interface CallAnswers extends CallHandler {
    /** As {@link io.nereid.scheduler.instance.ModelInstance#askReady}. */
    default CompletableFuture<Boolean> askReady(Replies worker) {
        return CompletableFuture.completedFuture(true);
    }

    /** The worker is gone: what it has asked for is of no use. On any thread. */
    void close();
}
