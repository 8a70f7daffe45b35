package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Decides which queued requests run together and when. An implementation is pure: no clock, no lock, no thread; it is not
 * thread-safe, {@link Scheduler} calls it under its lock. Times are nanoseconds of one clock, of which only differences
 * mean something.
 */
public interface RequestQueue {
    /** Takes a request in, or leaves everything as it is and says false: as many wait already as may. */
    boolean offer(QueuedRequest request);

    /**
     * Moves the requests that an idle instance should run now into {@code batch}, which is empty.
     *
     * @param mostRows rows that it should take at most; a larger request comes alone
     * @return why the batch is as it is; null, and no request, when nothing should run yet
     */
    @Nullable
    CloseReason take(long nowNanos, int mostRows, List<QueuedRequest> batch);

    /**
     * Looks after the requests whose timeouts have passed: those to reject leave the queue for {@code rejected}, the
     * others go behind all that are in time.
     */
    void expire(long nowNanos, List<QueuedRequest> rejected);

    /** Takes out a request that is in the queue. */
    void remove(QueuedRequest request);

    /** How long until {@link #take} finds something, as things are; 0 for at once, {@link Long#MAX_VALUE} for never. */
    long nanosUntilReady(long nowNanos);

    /** How long until {@link #expire} finds something; {@link Long#MAX_VALUE} for never. */
    long nanosUntilDeadline(long nowNanos);

    /** About how many instances would find something to run at once: 0 only if none would. */
    int runnable(long nowNanos);

    /** How many requests are queued. */
    int size();

    /**
     * For how long the request that came first of all queued has waited; 0 if there is none. Of those whose timeout has
     * passed while they may still run, the one counts that is served first.
     */
    long oldestWaitNanos(long nowNanos);

    /** Rows of the queued requests. */
    long rows();

    /** Rows of the queued requests that would be served before {@code request} if it came now. */
    long rowsAhead(InferenceRequest request);

    /** How long {@code request} may wait before it is rejected, in nanoseconds; 0 for ever. */
    long nanosToReject(InferenceRequest request);

    /** Changes how large batches get and how long they wait, for what is queued too. */
    void limit(int maxRows, long delayNanos);

    /** Nothing waits for company any more: few requests will come, if any. */
    void expedite();
}
