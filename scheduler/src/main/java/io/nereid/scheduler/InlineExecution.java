package io.nereid.scheduler;

import io.nereid.inference.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * Lets threads that queue a request run it themselves, on an instance that is idle, where executions are so short that
 * waking the instance's thread would cost more (docs/concurrency.md). One for all models of a server, since it keeps
 * how long each thread has run models. Thread-safe.
 *
 * <p>What a thread, most likely an event loop, is held up by is bounded: only executions that are measured to take at
 * most {@link #LIMIT_NANOS} run there, one that takes longer is the last until its model was measured anew
 * ({@link ShortExecutions}), and together they take at most half of a thread's time ({@link CallerShare}).
 */
public final class InlineExecution {
    /** What runs on the thread that queued it was measured to take at most so long. */
    public static final long LIMIT_NANOS = 50_000;
    /** Requests with more bytes of inputs run on an instance's thread, and are not measured. */
    static final long MAX_INPUT_BYTES = 16 << 10;

    private final NanoClock processorTime;
    private final int required;
    private final ThreadLocal<CallerShare> shares = ThreadLocal.withInitial(CallerShare::new);

    /** @param processorTime how long the thread that asks has had a processor */
    public InlineExecution(NanoClock processorTime) {
        this(processorTime, ShortExecutions.REQUIRED);
    }

    /** As the other, where so many short executions in a row are enough. */
    InlineExecution(NanoClock processorTime, int required) {
        this.processorTime = processorTime;
        this.required = required;
    }

    /** What is to be learned of the executions of one model version. */
    ShortExecutions executions() {
        return new ShortExecutions(required);
    }

    /** The share of the thread that asks; null for a virtual thread, which may wait instead. */
    @Nullable
    CallerShare share() {
        return Thread.currentThread().isVirtual() ? null : shares.get();
    }

    /** How long the thread that asks has had a processor, in nanoseconds; only differences mean something. */
    long processorNanos() {
        return processorTime.nanoTime();
    }
}
