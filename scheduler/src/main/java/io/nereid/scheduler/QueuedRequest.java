package io.nereid.scheduler;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Outcome;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * A request on its way from the queue through an execution to its listener: the one object that is made for it. Its
 * package-private fields are links and notes of whoever has it at the moment.
 */
public final class QueuedRequest implements Cancellation {
    private final InferenceRequest request;
    private final ResponseListener listener;
    private final BatchKey key;
    private final long queuedNanos;
    private final Consumer<QueuedRequest> canceller;

    // While it is queued: the queue's, under the scheduler's lock.

    /** Its place in its lane's list. */
    @Nullable
    QueuedRequest previous;
    @Nullable
    QueuedRequest next;
    /** Null while it is not queued. */
    @Nullable
    Lane lane;
    @Nullable
    Rank rank;
    @Nullable
    PriorityLevel level;
    /** The how-manieth the queue took in: who came first of those that came at the same nanosecond. */
    long number;
    /** Whether it goes behind all of its level that are in time. */
    boolean late;
    /** Rows it takes up in a batch. */
    int rows;
    /** How long its timeout lets it wait for company. */
    long patienceNanos;
    /** When its timeout passes; meaningless while {@link #deadlineIndex} is -1. */
    long deadlineNanos;
    /** Its place in the heap of deadlines; -1 where it has no deadline ahead. */
    int deadlineIndex = -1;

    /**
     * What runs it: set under the scheduler's lock when it leaves the queue, then by {@link #runBy}; read by whoever
     * cancels it.
     */
    volatile @Nullable Execution execution;

    /** Whether nobody wants its answer any more; set once, by whoever cancels it. */
    private volatile boolean givenUp;

    // Where responses keep the order of requests: guarded by the ResponseOrder's lock.

    /** The request that came next. */
    @Nullable
    QueuedRequest follower;
    /** What its listener is to hear in its turn; null while that is not known, or when it has been told. */
    @Nullable
    Outcome outcome;
    /** Whether those behind it need not wait for it any longer. */
    boolean settled;

    /**
     * A request that is not queued yet.
     *
     * @param request what to run; the scheduler owns it while it is queued, then whoever runs it
     * @param listener who hears how it ended
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
    public InferenceRequest request() {
        return request;
    }

    /** Who hears how it ended. */
    public ResponseListener listener() {
        return listener;
    }

    /** Which other requests it may run together with. */
    public BatchKey key() {
        return key;
    }

    /** When it came, in nanoseconds of the scheduler's clock. */
    public long queuedNanos() {
        return queuedNanos;
    }

    /** Whether nobody wants its answer any more, although it may be running. */
    public boolean isGivenUp() {
        return givenUp;
    }

    /** From now on that is told if it is given up; at once, if that has happened. Called by what ran it until now. */
    public void runBy(Execution other) {
        execution = other;
        if (givenUp) {
            other.giveUp(this);
        }
    }

    void giveUp() {
        givenUp = true;
    }

    /** Whether it waits in a queue. */
    boolean isQueued() {
        return lane != null;
    }

    @Override
    public void cancel() {
        canceller.accept(this);
    }
}
