package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.ThreadChoice;

/**
 * Which requests to one model version may run on the thread that queues them. Used under the scheduler's lock, but for
 * {@link #processorNanos}, {@link #worked}, {@link #begin} and {@link #end}.
 */
final class InlineRuns {
    /** What took so long was not only kept from a processor: it waited for something. */
    private static final long WAITED_NANOS = 100_000_000;

    private final InlineExecution inline;
    private final ShortExecutions executions;
    /** Whether there is an instance that may run on other threads than its own. */
    private boolean offered;
    /** How many requests are queued that may run on an instance's thread only. */
    private int large;

    InlineRuns(InlineExecution inline) {
        this.inline = inline;
        this.executions = inline.executions();
    }

    /** There is an instance that may run on other threads than its own. */
    void offer() {
        offered = true;
    }

    /** A request is queued. */
    void entered(QueuedRequest request) {
        request.isLarge = !isSmall(request.request());
        large += request.isLarge ? 1 : 0;
    }

    /** A request that was queued is not any more. */
    void left(QueuedRequest request) {
        large -= request.isLarge ? 1 : 0;
    }

    /** Whether a request that was queued may run on this thread, if an instance is idle, and if not, why. */
    ThreadChoice choose(QueuedRequest request, long nowNanos) {
        if (!offered) {
            return ThreadChoice.NOT_OFFERED;
        }
        if (request.isLarge) {
            return ThreadChoice.LARGE;
        }
        if (!executions.areShort()) {
            return ThreadChoice.NOT_SHORT;
        }
        CallerShare share = inline.share();
        return share != null && share.allows(nowNanos) ? ThreadChoice.CALLER : ThreadChoice.CALLER_BUSY;
    }

    /** Whether this thread, which has just run a request, may run another one of those that are queued. */
    boolean goesOn(long nowNanos) {
        return large == 0 && executions.areShort() && share().goesOn(nowNanos);
    }

    /** Whether its execution on an instance's own thread is to be measured. */
    boolean learnsFrom(InferenceRequest request) {
        return !executions.areShort() && isSmall(request);
    }

    private static boolean isSmall(InferenceRequest request) {
        long bytes = 0;
        for (int i = 0; i < request.inputs().size(); i++) {
            bytes += request.inputs().get(i).byteSize();
        }
        return bytes <= InlineExecution.MAX_INPUT_BYTES;
    }

    /** One has run on its instance's own thread. */
    void ranOnInstance(long workedNanos, long nowNanos) {
        executions.onInstance(workedNanos, nowNanos);
    }

    /** One has run on this thread, which is its caller's. */
    void ranHere(long nanos, long workedNanos, long nowNanos) {
        share().spend(nanos);
        if (workedNanos > InlineExecution.LIMIT_NANOS) {
            executions.wasLong(workedNanos, nowNanos);
        }
    }

    /**
     * How long a model has worked on this thread: where others had the processor meanwhile, it is not to blame.
     *
     * @param nanos how long its execution took
     * @param before what {@link #processorNanos} said when it began
     */
    long worked(long nanos, long before) {
        boolean obvious = nanos <= InlineExecution.LIMIT_NANOS || nanos > WAITED_NANOS;
        return obvious ? nanos : Math.min(nanos, inline.processorNanos() - before);
    }

    /** How long this thread has had a processor. */
    long processorNanos() {
        return inline.processorNanos();
    }

    /** This thread begins to run a request, and runs no other one within. */
    void begin() {
        share().begin();
    }

    /** Its listener has received the answer. */
    void end() {
        share().end();
    }

    private CallerShare share() {
        CallerShare share = inline.share();
        if (share == null) {
            throw new IllegalStateException("a virtual thread runs a request that it has queued");
        }
        return share;
    }
}
