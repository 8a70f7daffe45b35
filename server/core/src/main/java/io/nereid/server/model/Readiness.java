package io.nereid.server.model;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Whether a model says itself that it is ready. Whoever asks while a question is under way waits for the same answer:
 * the model is not asked again meanwhile. Thread-safe.
 */
final class Readiness {
    private final Supplier<List<CompletableFuture<Boolean>>> instances;
    private final long limitNanos;
    private final ReentrantLock lock = new ReentrantLock();
    /** The question under way, completed with whether all are ready; null before the first. */
    @GuardedBy("lock")
    private @Nullable CompletableFuture<Boolean> question;

    /**
     * Nobody has asked yet.
     *
     * @param instances asks each instance
     * @param limitNanos how long one may take to answer
     */
    Readiness(Supplier<List<CompletableFuture<Boolean>>> instances, long limitNanos) {
        this.instances = instances;
        this.limitNanos = limitNanos;
    }

    /**
     * Waits until all instances have said that they are ready.
     *
     * @throws InferenceException UNAVAILABLE if one says that it is not, or none after the limit; what a model fails with
     */
    void await() throws InferenceException {
        try {
            if (!current().get(limitNanos, TimeUnit.NANOSECONDS)) {
                throw new InferenceException(ErrorCode.UNAVAILABLE, "is_ready() of the model returned False");
            }
        } catch (TimeoutException _) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "is_ready() of the model has not returned within "
                    + TimeUnit.NANOSECONDS.toSeconds(limitNanos) + " s");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof InferenceException failure ? failure
                    : InferenceException.ofInternalError(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server is exiting");
        }
    }

    private CompletableFuture<Boolean> current() {
        lock.lock();
        try {
            CompletableFuture<Boolean> asked = question;
            if (asked == null || asked.isDone()) {
                asked = CompletableFuture.completedFuture(true);
                for (CompletableFuture<Boolean> answer : instances.get()) {
                    asked = asked.thenCombine(answer, Boolean::logicalAnd);
                }
                question = asked;
            }
            return asked;
        } finally {
            lock.unlock();
        }
    }
}
