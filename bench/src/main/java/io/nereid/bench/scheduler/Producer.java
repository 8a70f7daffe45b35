package io.nereid.bench.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchScheduler;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A thread that enqueues requests as fast as it can, but has at most so many under way, as an event loop does. */
final class Producer implements ResponseListener, Runnable {
    private static final long PAUSE_NANOS = 50_000;

    private final BatchScheduler scheduler;
    private final InferenceRequest request = Schedulers.request();
    private final int window;
    private final AtomicLong dispatched = new AtomicLong();
    private volatile boolean stopped;

    Producer(BatchScheduler scheduler, int window) {
        this.scheduler = scheduler;
        this.window = window;
    }

    @Override
    public void run() {
        long enqueued = 0;
        try {
            while (!stopped) {
                if (enqueued - dispatched.get() < window) {
                    Object _ = scheduler.enqueue(request, this);
                    enqueued++;
                } else {
                    // Sleeping costs the least processor time of all ways to wait.
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } catch (InferenceException e) {
            throw new IllegalStateException("nothing is refused here", e);
        }
    }

    void stop() {
        stopped = true;
    }

    /** One of its requests has reached an instance. */
    void dispatched() {
        dispatched.incrementAndGet();
    }

    long dispatchedRequests() {
        return dispatched.get();
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        throw new IllegalStateException("nothing runs here");
    }

    @Override
    public void onError(InferenceException error) {
        throw new IllegalStateException("nothing runs here", error);
    }
}
