package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/**
 * Why a model was not loaded, and until when nobody tries again: so that a model that cannot be loaded costs neither
 * loads without end nor the models that leave for it.
 *
 * @param error what its load ended with
 * @param times how often in a row
 * @param untilNanos until when it is not tried again, as the clock counts
 */
record LoadFailure(InferenceException error, int times, long untilNanos) {
    private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** The first pause of a model for which others have left in vain. */
    private static final long DEAR_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_DOUBLINGS = 10;

    /**
     * One more failure.
     *
     * @param before the last one; null if the last load was well, or there was none
     * @param othersLeft whether models have left for this load
     */
    static LoadFailure after(@Nullable LoadFailure before, InferenceException error, boolean othersLeft,
            long nowNanos) {
        int times = before == null ? 1 : before.times + 1;
        long first = othersLeft ? DEAR_PAUSE_NANOS : FIRST_PAUSE_NANOS;
        long pause = Math.min(first << Math.min(times - 1, MOST_DOUBLINGS), LONGEST_PAUSE_NANOS);
        return new LoadFailure(error, times, nowNanos + pause);
    }

    /** How long nobody tries again yet; 0 or less from when on the next request does. */
    long pauseNanos(long nowNanos) {
        return untilNanos - nowNanos;
    }
}
