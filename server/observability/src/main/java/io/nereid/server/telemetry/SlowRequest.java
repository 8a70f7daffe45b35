package io.nereid.server.telemetry;

import io.nereid.inference.RequestTimes;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * One of the slowest requests of a model version: when what happened to it, and nothing of what was in it.
 *
 * @param id the client's name for it, cut short; empty for none
 * @param startNanos when its first byte came, in nanoseconds of the models' clock
 * @param totalNanos from there until its answer had gone, or was dropped
 * @param batchSize rows of all requests that ran together; 0 where it did not run
 * @param outcome {@code ok}, or the code of its error in small letters
 * @param steps what was done, in the order in which it began
 */
public record SlowRequest(String id, long startNanos, long totalNanos, int batchSize, String outcome,
        List<Step> steps) {
    /** Many are kept, and their names are chosen by clients. */
    private static final int MAX_ID_CHARS = 128;

    /** The steps are copied. */
    public SlowRequest {
        id = id.length() <= MAX_ID_CHARS ? id : id.substring(0, MAX_ID_CHARS) + "...";
        steps = List.copyOf(steps);
    }

    /**
     * A part of a request's time.
     *
     * @param name what was done
     * @param atNanos when it began, in nanoseconds after the request's first byte
     * @param forNanos how long it took
     */
    public record Step(String name, long atNanos, long forNanos) {}

    /**
     * The steps of a request that ends now.
     *
     * @param startNanos when its first byte came
     * @param receivedNanos when all of it was there
     * @param submittedNanos when it had been read; 0 if that has not happened
     * @param times what the scheduler has noted
     * @param run its execution; null if it did not run
     * @param endNanos when its answer had gone
     */
    static List<Step> steps(long startNanos, long receivedNanos, long submittedNanos, RequestTimes times,
            RequestTimes.@Nullable Executed run, long endNanos) {
        Long queuedNanos = times.queuedNanos();
        Steps steps = new Steps(startNanos);
        steps.until("receive", receivedNanos);
        if (submittedNanos == 0) {
            return steps.until("read", endNanos);
        }
        steps.until("read", submittedNanos);
        if (queuedNanos == null) {
            return steps.until("respond", endNanos);
        }
        steps.begin(queuedNanos);
        if (run == null) {
            return steps.until("queue", endNanos);
        }
        steps.until("queue", run.startNanos());
        steps.until("compute input", run.inputsReadyNanos());
        steps.until("compute infer", run.outputsStartNanos());
        steps.until("compute output", run.endNanos());
        return steps.until("respond", endNanos);
    }

    /** Steps that follow each other. */
    private static final class Steps {
        private final List<Step> all = new ArrayList<>();
        private final long zeroNanos;
        private long atNanos;

        Steps(long zeroNanos) {
            this.zeroNanos = zeroNanos;
            this.atNanos = zeroNanos;
        }

        /** What was between does not belong to any step. */
        void begin(long nanos) {
            atNanos = nanos;
        }

        /** A step from the end of the one before; none where it would take no time, or end before it begins. */
        List<Step> until(String name, long nanos) {
            if (nanos > atNanos) {
                all.add(new Step(name, atNanos - zeroNanos, nanos - atNanos));
                atNanos = nanos;
            }
            return all;
        }
    }
}
