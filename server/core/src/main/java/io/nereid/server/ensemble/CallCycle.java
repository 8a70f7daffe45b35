package io.nereid.server.ensemble;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Models that wait for each other through a request that is about to be made: from the one that makes it, to its
 * target and on to the first again. By model, not by instance: if an instance has time for the request, nobody waits.
 *
 * @param models their names in that order; empty if the request closes no circle
 */
public record CallCycle(List<String> models) {
    /** How long a request that closes a circle may wait for an instance, in nanoseconds. */
    public static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** No circle. */
    public static final CallCycle NONE = new CallCycle(List.of());

    /** Takes a copy. */
    public CallCycle {
        models = List.copyOf(models);
    }

    /** Whether there is a circle. */
    public boolean isClosed() {
        return !models.isEmpty();
    }

    /** Why the request has ended, once the limit is over. */
    public String text() {
        return "the models " + String.join(" -> ", models) + " wait for each other, and no instance of '"
                + models.get(1) + "' became free within " + TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS) + " s";
    }
}
