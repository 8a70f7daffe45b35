package io.nereid.scheduler.instance;

import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestTimes;

/**
 * When the parts of an execution began and ended: its inputs are laid ready, the model computes, its outputs are shared
 * out. Used again for every execution, by the thread that runs it.
 */
final class ExecutionTimes {
    private final NanoClock clock;
    private long startNanos;
    private long inputsReadyNanos;
    /** Meaningless until the backend has said so. */
    private long outputsStartNanos;
    private boolean outputsStarted;
    private long endNanos;

    ExecutionTimes(NanoClock clock) {
        this.clock = clock;
    }

    /** An execution begins now; what was noted of the one before is forgotten. */
    void start() {
        startNanos = clock.nanoTime();
        inputsReadyNanos = startNanos;
        outputsStarted = false;
    }

    /** The model starts to compute; without this the inputs took no time. */
    void inputsReady() {
        inputsReadyNanos = clock.nanoTime();
    }

    /** The model has computed; without this the outputs took no time. */
    void outputsStart() {
        outputsStarted = true;
        outputsStartNanos = clock.nanoTime();
    }

    /** The execution has ended. */
    void end() {
        endNanos = clock.nanoTime();
    }

    /** When it began, by the clock. */
    long startNanos() {
        return startNanos;
    }

    /** When it ended, by the clock; this and what follows once it has. */
    long endNanos() {
        return endNanos;
    }

    /** How long all of it took. */
    long executionNanos() {
        return endNanos - startNanos;
    }

    long inputNanos() {
        return inputsReadyNanos - startNanos;
    }

    long inferNanos() {
        return computedNanos() - inputsReadyNanos;
    }

    long outputNanos() {
        return endNanos - computedNanos();
    }

    private long computedNanos() {
        return outputsStarted ? outputsStartNanos : endNanos;
    }

    /** What each request of a batch of so many rows keeps of it. */
    RequestTimes.Executed executed(int rows) {
        return new RequestTimes.Executed(rows, startNanos, inputsReadyNanos, computedNanos(), endNanos);
    }
}
