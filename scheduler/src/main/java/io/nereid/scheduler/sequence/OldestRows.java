package io.nereid.scheduler.sequence;

import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.PriorityLevels;

import java.util.Objects;

/**
 * The first requests of the instance's sequences run as the dynamic batcher runs requests, by a queue of its own. At
 * most one of each sequence is in that or runs: so none overtakes another one.
 */
final class OldestRows extends InstanceRows {
    private final BatchQueue first;

    OldestRows(int number, SequenceStrategy.Oldest strategy) {
        super(number, strategy.candidates());
        this.first = new BatchQueue(strategy.batches(), PriorityLevels.NONE, 0);
    }

    @Override
    Decision decide(long nowNanos, IdleInstance instance) {
        return first.decide(nowNanos, instance);
    }

    @Override
    long nanosUntilReady(long nowNanos) {
        return first.nanosUntilReady(nowNanos);
    }

    @Override
    void queued(Sequence sequence) {
        if (sequence.isNext() && !sequence.isReady) {
            sequence.isReady = true;
            boolean _ = first.offer(Objects.requireNonNull(sequence.requests().peekFirst())); // there is no limit
        }
    }

    @Override
    void taken(Sequence sequence) {
        sequence.isReady = false;
    }

    @Override
    void settled(Sequence sequence) {
        queued(sequence);
    }

    @Override
    void withdrawn(Sequence sequence) {
        if (sequence.isReady) {
            sequence.isReady = false;
            first.remove(Objects.requireNonNull(sequence.requests().peekFirst()));
        }
    }

    @Override
    void flush() {
        first.flush();
    }
}
