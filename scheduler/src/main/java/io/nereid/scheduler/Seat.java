package io.nereid.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/**
 * The place of one instance thread at a {@link Scheduler}: where it waits for work and where it finds the batch that it
 * took. Made by {@link Scheduler#seat}; used by that thread only, but for what the scheduler's lock guards.
 */
public final class Seat {
    private final ArrayList<QueuedRequest> batch = new ArrayList<>();
    private final int number;
    private final Execution execution;
    private final LongSupplier turn;

    // Under the scheduler's lock.

    final Condition called;
    /** Whether it was called to work and has not come yet. */
    boolean isCalled;
    /** Whether it is to take no more work. */
    boolean isDismissed;
    /** Requests whose timeouts had passed when it looked for work. */
    final ArrayList<QueuedRequest> expired = new ArrayList<>();

    Seat(int number, Condition called, Execution execution, LongSupplier turn) {
        this.number = number;
        this.called = called;
        this.execution = execution;
        this.turn = turn;
    }

    /** The requests taken last; whoever sits here empties it before the next. */
    public List<QueuedRequest> batch() {
        return batch;
    }

    /** Its number among the scheduler's seats, from 0. */
    int number() {
        return number;
    }

    /** What runs the requests that are taken here. */
    Execution execution() {
        return execution;
    }

    /** Among idle instances the one with the smallest turn is called. */
    long turn() {
        return turn.getAsLong();
    }
}
