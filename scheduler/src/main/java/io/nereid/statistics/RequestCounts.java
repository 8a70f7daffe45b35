package io.nereid.statistics;

import java.util.Map;

/**
 * How many requests of one model version ended how, until one moment: the part of its statistics that costs little to
 * ask of a thousand models.
 *
 * @param answered requests that were answered, by an execution or by a response cache
 * @param failed requests that reached the scheduler and failed
 * @param rejected requests that were not run, by the reasons that there were
 */
public record RequestCounts(long answered, long failed, Map<Rejection, Long> rejected) {
    /** How many requests reached the scheduler and ended. */
    public long ended() {
        return answered + failed;
    }
}
