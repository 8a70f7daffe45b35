package io.nereid.bench.load;

import io.nereid.inference.InferenceException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What no server can be faster than: callers of sessions, fed through one queue by clients that each wait for their
 * answer.
 */
public final class QueuedCalls {
    private final BlockingQueue<Semaphore> queue = new LinkedBlockingQueue<>();
    private final List<Call> calls;

    /** A request is a call of this. */
    @FunctionalInterface
    public interface Call {
        /** Blocks as long as the request is under way; by one thread at a time. */
        void run() throws InferenceException;
    }

    /** One that keeps a session open. */
    public interface OpenCall extends Call, AutoCloseable {
        @Override
        void close();
    }

    /** One caller for each of these. */
    public QueuedCalls(List<? extends Call> calls) {
        this.calls = List.copyOf(calls);
    }

    /**
     * Calls until the course ends, the first call on this thread; each client and each further call has a thread of its
     * own, and all of these have ended when it returns. Answers are added to the course.
     *
     * @throws InferenceException that of the first call, if it failed
     */
    public void run(int clients, Course course) throws InterruptedException, InferenceException {
        try (ExecutorService threads = Executors.newFixedThreadPool(clients + calls.size())) {
            run(clients, course, threads);
        }
    }

    private void run(int clients, Course course, ExecutorService threads)
            throws InterruptedException, InferenceException {
        try {
            List<Future<?>> callers = new ArrayList<>();
            for (Call call : calls.subList(1, calls.size())) {
                callers.add(threads.submit(() -> {
                    answerUntil(call, course.endNanos());
                    return null;
                }));
            }
            for (int i = 0; i < clients; i++) {
                threads.execute(() -> askUntilInterrupted(course));
            }
            answerUntil(calls.getFirst(), course.endNanos());
            await(callers);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void await(List<Future<?>> callers) throws InterruptedException {
        try {
            for (Future<?> caller : callers) {
                caller.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed", e.getCause());
        }
    }

    private void askUntilInterrupted(Course course) {
        Semaphore answered = new Semaphore(0);
        try {
            while (true) {
                long sent = System.nanoTime();
                queue.put(answered);
                answered.acquire();
                long now = System.nanoTime();
                course.add(now, now - sent);
            }
        } catch (InterruptedException _) {
            // the end
        }
    }

    private void answerUntil(Call call, long endNanos) throws InterruptedException, InferenceException {
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            Semaphore next = queue.poll(left, TimeUnit.NANOSECONDS);
            if (next != null && System.nanoTime() - endNanos < 0) {
                call.run();
                next.release();
            }
        }
    }
}
