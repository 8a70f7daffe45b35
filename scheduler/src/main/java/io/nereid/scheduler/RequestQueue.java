package io.nereid.scheduler;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Consumer;

/**
 * Decides which queued requests run together, when, and on which instance. An implementation is pure: no clock, no
 * lock, no thread. It is not thread-safe; {@link BatchScheduler} calls it under its lock. Times are nanoseconds of one
 * clock that may overflow, so that only their differences have a meaning.
 *
 * <p>A queue may have objects of its own for what it keeps of each request: it extends {@link QueuedRequest} by them.
 */
public interface RequestQueue {
    /** Makes requests that are not queued yet, as a queue keeps them. Thread-safe. */
    @FunctionalInterface
    interface Entries {
        /**
         * A request that is not queued yet.
         *
         * @param request what to run
         * @param listener who receives its responses
         * @param key which other requests it may run together with
         * @param queuedNanos when it came
         * @param canceller what {@link QueuedRequest#cancel} does
         */
        QueuedRequest create(InferenceRequest request, ResponseListener listener, BatchKey key, long queuedNanos,
                Consumer<QueuedRequest> canceller);
    }

    /** Makes the requests that are offered to this queue. */
    default Entries entries() {
        return QueuedRequest::new;
    }

    /**
     * Queues a request that this queue's {@link #entries} have made, or leaves everything as it is and returns false:
     * as many are queued already as may be.
     */
    boolean offer(QueuedRequest request);

    /**
     * Why a request may not be queued, whether there is room or not; null where nothing speaks against it. Asked before
     * {@link #offer}.
     */
    default @Nullable Refusal refusal(QueuedRequest request) {
        return null;
    }

    /** What the instance is to do now. */
    Decision decide(long nowNanos, IdleInstance instance);

    /**
     * Handles the requests whose timeouts have passed: those that are to be rejected leave the queue and are returned,
     * in the order in which their timeouts passed; the others are served after all that are in time. {@link #decide}
     * does so first.
     */
    List<QueuedRequest> expire(long nowNanos);

    /** Removes a request that is queued. */
    void remove(QueuedRequest request);

    /**
     * The client has cancelled a request, which was removed if it was queued and may be running if it was not: removes
     * the requests that make no sense without it, and returns them.
     */
    default List<QueuedRequest> cancelled(QueuedRequest request) {
        return List.of();
    }

    /**
     * An execution of a request of an iterative sequence is over: queues it again, ahead of those behind it, or says why
     * that is not possible any more.
     */
    default @Nullable Refusal reschedule(QueuedRequest request, long nowNanos) {
        throw new UnsupportedOperationException("these requests run once");
    }

    /**
     * An execution of a request of an iterative sequence is over but for what its client has not taken: until
     * {@link #reschedule} or {@link #released} follows, {@link #expire} may end the sequence.
     */
    default void awaitsClient(QueuedRequest request, long nowNanos) {
        throw new UnsupportedOperationException("these requests run once");
    }

    /** A request of an iterative sequence has been executed for the last time. */
    default void released(QueuedRequest request) {
        throw new UnsupportedOperationException("these requests run once");
    }

    /** Removes all requests that are queued and returns them. */
    List<QueuedRequest> clear();

    /**
     * How long until some instance has something to run, as things are; 0 for now, {@link Long#MAX_VALUE} for never.
     */
    long nanosUntilReady(long nowNanos);

    /** How long until {@link #expire} has something to do; {@link Long#MAX_VALUE} for never. */
    long nanosUntilDeadline(long nowNanos);

    /** What a request receives that {@link #expire} has rejected. */
    default InferenceException timeoutError() {
        return new InferenceException(ErrorCode.UNAVAILABLE, "Request timeout expired").withRetryAfter(1);
    }

    /** There is an instance of that number from now on. */
    default void added(int instance) {
        // it may run any request
    }

    /** The instance is to go when it {@link #holds} nothing. */
    default void retiring(int instance) {
        // another one may run any request
    }

    /** The instance has run what it took. {@link #decide} knows that by itself. */
    default void returned(int instance, long nowNanos) {
        // what it took was nothing to others
    }

    /** Whether there are, or may come, requests that only this instance can run. */
    default boolean holds(int instance) {
        return false;
    }

    /** There is no instance of that number any more. */
    default void removed(int instance) {
        // another one may run any request
    }

    /**
     * The instance is gone, and what its model kept in it with it: removes the requests that make no sense without
     * that, and returns them.
     *
     * @param why the instance is gone, for people
     */
    default List<QueuedRequest> lost(int instance, String why) {
        return List.of();
    }

    /** What a request receives that {@link #lost} has removed. */
    default InferenceException lostError(String why) {
        return new InferenceException(ErrorCode.UNAVAILABLE, why);
    }

    /** About how many instances have something to run now: 0 only if none has. */
    int runnable(long nowNanos);

    /**
     * Whether that instance has something to run now; where none has, whether it may run what becomes ready first. A
     * queue that does not give every request to every instance overrides this.
     */
    default boolean isFor(IdleInstance instance, long nowNanos) {
        return true;
    }

    /** Whether a sequence of that id is open; of a queue that knows no sequences none is. */
    default boolean hasSequence(CorrelationId id) {
        return false;
    }

    /** How many sequences are open; of a queue that knows no sequences none is. */
    default int openSequences() {
        return 0;
    }

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

    /** Changes how large batches get and how long requests wait for others, for what is queued too. */
    void limit(int maxRows, long delayNanos);

    /** From now on no request waits for others to join its batch: few more will come, if any. */
    void flush();

    /** No request will be offered any more. */
    default void close() {
        flush();
    }
}
