package io.nereid.scheduler;

import io.nereid.inference.Outcome;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/**
 * The place of one instance thread at a {@link BatchScheduler}: where it waits for work and where it finds the batch
 * that it took. Made by {@link BatchScheduler#addSlot}; used by that thread only, but for what the scheduler's lock
 * guards, and while it is on loan, when the thread that borrowed it has its place.
 */
public final class InstanceSlot implements IdleInstance {
    private final ArrayList<QueuedRequest> batch = new ArrayList<>();
    private final int number;
    private final Execution execution;
    private final LongSupplier priority;
    private final @Nullable LentExecution lent;
    // Of the thread that runs the instance.

    /** How long the last execution took. */
    long executionNanos;
    /** Whether it says how long such executions take. */
    boolean isMeasured;
    /** If so, how long that thread had had a processor before. */
    long processorNanos;
    /** If so, how long the model has worked. */
    long workedNanos;

    // Under the scheduler's lock.

    final Condition wake;
    /** Rows that it should run at most next. */
    int maxRows = Integer.MAX_VALUE;
    /** Why the batch that was taken last is as it is. */
    CloseReason reason = CloseReason.INSTANCE_IDLE;
    /** Whether it was woken to work and has not looked yet. */
    boolean isWoken;
    /** Whether it is to take no more work but what only it can run. */
    boolean isRemoved;
    /** Whether the instance is gone. */
    boolean isLost;
    /** Whether a caller's thread runs it; its own waits meanwhile. */
    boolean isLent;

    InstanceSlot(int number, Condition wake, Execution execution, LongSupplier priority,
            @Nullable LentExecution lent) {
        this.number = number;
        this.wake = wake;
        this.execution = execution;
        this.priority = priority;
        this.lent = lent;
    }

    /** {@inheritDoc} It keeps the requests taken last until the instance's thread empties it, before it takes more. */
    @Override
    public List<QueuedRequest> batch() {
        return batch;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    /** What runs the requests that are taken here. */
    Execution execution() {
        return execution;
    }

    /** Whether it may run on other threads than its own. */
    boolean isLendable() {
        return lent != null;
    }

    /** Runs the request that was taken here; on the thread that borrowed it. */
    @Nullable
    Outcome runLent(CloseReason reason) {
        return Objects.requireNonNull(lent).run(reason);
    }

    /** Of several idle instances the one with the smallest number is woken. */
    long priority() {
        return priority.getAsLong();
    }
}
