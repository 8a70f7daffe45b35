package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.ResponseListener;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The meeting point of requests and instances of one model version. Any thread puts requests in; instance threads pull
 * what the {@link RequestQueue} decides. Nothing runs between the two: an idle instance takes its work itself.
 */
public final class Scheduler implements AutoCloseable {
    private final NanoClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition workArrived = lock.newCondition();

    @GuardedBy("lock")
    private final RequestQueue queue;
    /** How many instance threads wait for work and have not been woken for any. */
    @GuardedBy("lock")
    private int idleInstances;
    @GuardedBy("lock")
    private boolean closed;

    /** A scheduler over an empty queue; the scheduler is the only one to use the queue from now on. */
    public Scheduler(RequestQueue queue, NanoClock clock) {
        this.queue = queue;
        this.clock = clock;
    }

    /**
     * Queues a request and returns at once. The scheduler owns the request from here on, and the listener hears the end
     * of it; if this throws, the caller still owns the request and the listener hears nothing.
     *
     * @throws InferenceException UNAVAILABLE if the model is being unloaded
     */
    public void enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        QueuedRequest queued = new QueuedRequest(request, listener, clock.nanoTime());
        lock.lock();
        try {
            if (closed) {
                throw new InferenceException(ErrorCode.UNAVAILABLE,
                        "Server is stopping, scheduler for model has stopped accepting new inference requests");
            }
            queue.offer(queued);
            if (idleInstances > 0) {
                idleInstances--;
                workArrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there is something to run and moves it into {@code batch}, which must be empty. Called by instance
     * threads only.
     *
     * @return false when the scheduler is closed and its queue empty: there will be no more work
     */
    public boolean take(List<QueuedRequest> batch) {
        lock.lock();
        try {
            while (true) {
                queue.take(clock.nanoTime(), batch);
                if (!batch.isEmpty()) {
                    return true;
                }
                if (closed) {
                    return false;
                }
                idleInstances++;
                workArrived.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many requests wait for an instance. */
    public int pending() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Refuses requests from now on. What is queued still runs; instances stop when the queue is empty. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            idleInstances = 0;
            workArrived.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
