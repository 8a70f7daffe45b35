package io.nereid.scheduler;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Outcome;
import io.nereid.inference.ResponseListener;
import io.nereid.statistics.ThreadChoice;
import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * A request on its way from the queue through an execution to its listener: the one object that is made for it. For a
 * queue and for an instance it is immutable while it is there; between two executions of an iterative sequence it
 * becomes the request of the next one. The scheduler keeps here whether it is queued, what runs it, and its
 * place among the responses that are sent in order. A queue extends it by what it keeps of each request, as its place
 * in a list.
 */
public class QueuedRequest implements Cancellation {
    /** Changes only while nothing runs it and it is not queued; the scheduler's lock hands it over. */
    private InferenceRequest request;
    private final ResponseListener listener;
    private final BatchKey key;
    /** As the request. */
    private long queuedNanos;
    /** How many responses its listener has received from executions that are over; their sender hands it over. */
    private int responses;
    private final Consumer<QueuedRequest> canceller;

    /** Whether it is queued; guarded by the scheduler's lock. */
    boolean isQueued;
    /** While it is queued: whether it has more bytes than may run on a thread that queues; guarded likewise. */
    boolean isLarge;
    /** On which thread it was to run when it came; guarded likewise. */
    ThreadChoice thread = ThreadChoice.NOT_OFFERED;

    /**
     * What runs it: set under the scheduler's lock when it leaves the queue, then by {@link #runBy}; read by whoever
     * cancels it.
     */
    volatile @Nullable Execution execution;

    /** Whether nobody waits for its answer any more; set once, by whoever cancels it. */
    private volatile boolean cancelled;

    // Where responses keep the order of requests: guarded by the ResponseOrder's lock.

    /** The request that came next. */
    @Nullable
    QueuedRequest follower;
    /** What its listener is to receive; null while that is not known, or when it has received it. */
    @Nullable
    Outcome outcome;
    /** Whether those behind it need not wait for it any longer. */
    boolean settled;

    /**
     * A request that is not queued yet.
     *
     * @param request what to run; the scheduler owns it while it is queued, then whoever runs it
     * @param listener who receives its responses and its end
     * @param key which others it may run together with
     * @param queuedNanos when it came, in nanoseconds of the scheduler's clock
     * @param canceller what {@link #cancel} does
     */
    public QueuedRequest(InferenceRequest request, ResponseListener listener, BatchKey key, long queuedNanos,
            Consumer<QueuedRequest> canceller) {
        this.request = request;
        this.listener = listener;
        this.key = key;
        this.queuedNanos = queuedNanos;
        this.canceller = canceller;
    }

    /** What to run. */
    public final InferenceRequest request() {
        return request;
    }

    /** Who receives its responses and its end. */
    public final ResponseListener listener() {
        return listener;
    }

    /** Which other requests it may run together with. */
    public final BatchKey key() {
        return key;
    }

    /** When it came into the queue, or came back, in nanoseconds of the scheduler's clock. */
    public final long queuedNanos() {
        return queuedNanos;
    }

    /** When it first came, in nanoseconds of the scheduler's clock. */
    public long arrivedNanos() {
        return queuedNanos;
    }

    /** How many responses its listener has received from executions that are over. */
    public final int responses() {
        return responses;
    }

    /** An execution is over that was not its last: so many responses its listener has received until now. */
    public final void answered(int sent) {
        responses = sent;
    }

    /** It is to run again, as {@code next}; called under the scheduler's lock, before it is queued. */
    protected final void becomes(InferenceRequest next, long nowNanos) {
        request = next;
        queuedNanos = nowNanos;
    }

    /** Whether nobody waits for its answer any more, although it may be running. */
    public final boolean isCancelled() {
        return cancelled;
    }

    /** What a backend keeps of its sequence; null where it belongs to none. */
    public @Nullable SequenceState sequenceState() {
        return null;
    }

    /** Whether it only fills a row of a batch: nobody sent it, and nothing of it counts. */
    public boolean isNullRow() {
        return false;
    }

    /**
     * From now on {@code other} is notified if it is cancelled; at once, if that has happened. Called by what ran it
     * until now.
     */
    public final void runBy(Execution other) {
        execution = other;
        if (cancelled) {
            other.cancel(this);
        }
    }

    /** From now on it is cancelled; nobody is notified. */
    final void markCancelled() {
        cancelled = true;
    }

    @Override
    public final void cancel() {
        canceller.accept(this);
    }
}
