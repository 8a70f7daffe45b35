package io.nereid.server.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.ResponseListener;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A request on its way through the cache: being looked up, waiting for the answer to an equal one, or passed on to the
 * scheduler behind. It can be cancelled at any time. Thread-safe.
 */
final class Lookup implements Cancellation, Runnable {
    private final CachingScheduler scheduler;
    private final InferenceRequest request;
    private final ResponseListener listener;
    private final long beganNanos;
    private final ReentrantLock lock = new ReentrantLock();
    /** Whether it waits for an equal request; the request is this object's then. */
    @GuardedBy("lock")
    private boolean waiting;
    @GuardedBy("lock")
    private boolean cancelled;
    /** Cancels it once it was passed on. */
    private final LateCancellation behind = new LateCancellation();

    Lookup(CachingScheduler scheduler, InferenceRequest request, ResponseListener listener, long beganNanos) {
        this.scheduler = scheduler;
        this.request = request;
        this.listener = listener;
        this.beganNanos = beganNanos;
    }

    InferenceRequest request() {
        return request;
    }

    ResponseListener listener() {
        return listener;
    }

    long beganNanos() {
        return beganNanos;
    }

    /**
     * Looks it up on this thread.
     *
     * @throws InferenceException if it cannot be queued: then the request is the caller's, and the listener receives
     *     nothing
     */
    void start() throws InferenceException {
        scheduler.answer(this);
    }

    /** The same where nobody takes the request back. */
    @Override
    public void run() {
        try {
            start();
        } catch (InferenceException e) {
            request.memory().release();
            listener.onError(e);
        } catch (RuntimeException | Error e) {
            request.memory().release();
            listener.onError(InferenceException.ofInternalError(e));
        }
    }

    /** It waits for an equal request from here on; one that was cancelled meanwhile ends. */
    void await() {
        lock.lock();
        try {
            waiting = true;
            if (!cancelled) {
                return;
            }
        } finally {
            lock.unlock();
        }
        cancel();
    }

    /** It waits no longer: the request is the caller's; false if it was cancelled, and has ended. */
    boolean resume() {
        lock.lock();
        try {
            boolean waited = waiting;
            waiting = false;
            return waited;
        } finally {
            lock.unlock();
        }
    }

    /** The scheduler behind has it, and this cancels it there. */
    void passedOn(Cancellation cancellation) {
        behind.bind(cancellation);
    }

    @Override
    public void cancel() {
        boolean waited;
        lock.lock();
        try {
            waited = waiting;
            waiting = false;
            cancelled = true;
        } finally {
            lock.unlock();
        }
        if (waited) {
            request.memory().release();
            scheduler.recordCancelled(this);
            listener.onError(new InferenceException(ErrorCode.CANCELLED,
                    "the request was cancelled while it waited for the answer to an equal one"));
        } else {
            behind.cancel();
        }
    }
}
