package io.nereid.backend.image;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that decode images, as many as there are processors, for all image models of the process together: what
 * is computed at one time is no more than the processors can do, however many instances and requests there are. They
 * start with the first images and end after a minute without any. Thread-safe.
 */
final class DecodeThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DecodeThreads.class);
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final ThreadPoolExecutor threads;

    DecodeThreads(int count) {
        threads = new ThreadPoolExecutor(count, count, IDLE.toSeconds(), TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().name("image-decode-", 0).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Decodes one image. */
    @FunctionalInterface
    interface Work {
        void run() throws InferenceException;
    }

    /** One image under way. */
    static final class Task {
        private final CompletableFuture<@Nullable InferenceException> outcome = new CompletableFuture<>();

        private Task() {}

        /** Waits for its end, interrupted or not; null if it went well. */
        @Nullable
        InferenceException await() {
            return outcome.join();
        }

        private void run(Work work) {
            try {
                work.run();
                outcome.complete(null);
            } catch (InferenceException e) {
                outcome.complete(e);
            } catch (OutOfMemoryError e) {
                outcome.complete(new InferenceException(ErrorCode.UNAVAILABLE,
                        "the Java heap has no room for the image now", e).withRetryAfter(1));
            } catch (Throwable e) { // whoever waits must not wait for ever
                LOG.error("decoding an image failed", e);
                outcome.complete(InferenceException.ofInternalError(e));
            }
        }
    }

    /** Starts an image; it waits for a thread if none is free. What instances hand in bounds how many wait. */
    Task start(Work work) {
        Task task = new Task();
        threads.execute(() -> task.run(work));
        return task;
    }

    /** After all instances are closed. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
