package io.nereid.scheduler.sequence;

import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.NullRow;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Every sequence has a row of its own, in all batches. A batch goes up to the last row that a sequence has; rows whose
 * sequence has no request that goes with the others are null rows. Of requests that do not go together those run that
 * go with the one that has waited longest.
 */
final class DirectRows extends InstanceRows {
    private final SequenceStrategy.Direct strategy;
    private final UnaryOperator<InferenceRequest> nullRequests;
    /** Rows with a request at which a batch does not wait for more. */
    private final int enough;
    /** Rows with a request. */
    private int ready;
    private boolean flushed;

    DirectRows(int number, SequenceStrategy.Direct strategy, UnaryOperator<InferenceRequest> nullRequests) {
        super(number, strategy.rows());
        this.strategy = strategy;
        this.nullRequests = nullRequests;
        this.enough = strategy.delayNanos() > 0 ? enough(strategy) : 0;
    }

    /** The fewest rows whose share is large enough; shares are compared as Triton compares them. */
    private static int enough(SequenceStrategy.Direct strategy) {
        int rows = 0;
        while (rows / (float) strategy.rows() < strategy.minUtilization()) {
            rows++;
        }
        return rows;
    }

    @Override
    Decision decide(long nowNanos, IdleInstance instance) {
        SequenceRequest oldest = oldest();
        if (oldest == null) {
            return Decision.IDLE;
        }
        long nanos = nanosUntilReady(oldest, nowNanos);
        if (nanos > 0) {
            return new Decision.WaitUntil(nowNanos + nanos);
        }
        return Decision.Run.of(fill(oldest, instance));
    }

    private CloseReason fill(SequenceRequest oldest, IdleInstance instance) {
        InferenceRequest nullRequest = null;
        int taken = 0;
        int last = lastOccupied();
        for (int row = 0; row <= last; row++) {
            SequenceRequest first = first(row);
            if (first != null && first.key().equals(oldest.key())) {
                instance.batch().add(first);
                taken++;
            } else {
                nullRequest = nullRequest == null ? nullRequests.apply(oldest.request()) : nullRequest;
                instance.batch().add(new NullRow(nullRequest));
            }
        }
        return reason(taken);
    }

    private CloseReason reason(int taken) {
        if (taken < ready) {
            return CloseReason.SHAPE;
        }
        if (taken == strategy.rows()) {
            return CloseReason.FULL;
        }
        if (flushed) {
            return CloseReason.CLOSING;
        }
        if (enough == 0) {
            return CloseReason.INSTANCE_IDLE;
        }
        return taken >= enough ? CloseReason.PREFERRED_SIZE : CloseReason.DELAY;
    }

    private int lastOccupied() {
        int row = slots().size() - 1;
        while (row >= 0 && slots().get(row).sequence == null) {
            row--;
        }
        return row;
    }

    private @Nullable SequenceRequest first(int row) {
        Sequence sequence = slots().get(row).sequence;
        return sequence == null || !sequence.isReady ? null : sequence.requests().peekFirst();
    }

    private @Nullable SequenceRequest oldest() {
        SequenceRequest oldest = null;
        for (int row = 0; ready > 0 && row < slots().size(); row++) {
            SequenceRequest first = first(row);
            if (first != null && (oldest == null || first.queuedNanos() - oldest.queuedNanos() < 0)) {
                oldest = first;
            }
        }
        return oldest;
    }

    @Override
    long nanosUntilReady(long nowNanos) {
        if (ready == 0) {
            return Long.MAX_VALUE;
        }
        return ready >= enough || flushed ? 0 : nanosUntilReady(Objects.requireNonNull(oldest()), nowNanos);
    }

    private long nanosUntilReady(SequenceRequest oldest, long nowNanos) {
        return ready >= enough || flushed ? 0
                : Math.max(0, oldest.queuedNanos() + strategy.delayNanos() - nowNanos);
    }

    @Override
    void queued(Sequence sequence) {
        if (sequence.isNext() && !sequence.isReady) {
            sequence.isReady = true;
            ready++;
        }
    }

    @Override
    void taken(Sequence sequence) {
        withdrawn(sequence);
    }

    @Override
    void settled(Sequence sequence) {
        queued(sequence);
    }

    @Override
    void withdrawn(Sequence sequence) {
        if (sequence.isReady) {
            sequence.isReady = false;
            ready--;
        }
    }

    @Override
    void flush() {
        flushed = true;
    }
}
