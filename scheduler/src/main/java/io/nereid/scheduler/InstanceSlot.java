package io.nereid.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/**
 * The place of one instance thread at a {@link BatchScheduler}: where it waits for work and where it finds the batch
 * that it took. Made by {@link BatchScheduler#addSlot}; used by that thread only, but for what the scheduler's lock
 * guards.
 */
public final class InstanceSlot implements IdleInstance {
    private final ArrayList<QueuedRequest> batch = new ArrayList<>();
    private final int number;
    private final Execution execution;
    private final LongSupplier priority;

    // Under the scheduler's lock.

    final Condition wake;
    /** Rows that it should run at most next. */
    int maxRows = Integer.MAX_VALUE;
    /** Whether it was woken to work and has not looked yet. */
    boolean isWoken;
    /** Whether it is to take no more work but what only it can run. */
    boolean isRemoved;
    /** Whether the instance is gone. */
    boolean isLost;

    InstanceSlot(int number, Condition wake, Execution execution, LongSupplier priority) {
        this.number = number;
        this.wake = wake;
        this.execution = execution;
        this.priority = priority;
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

    /** Of several idle instances the one with the smallest number is woken. */
    long priority() {
        return priority.getAsLong();
    }
}
