package io.nereid.perf.statistics;

import java.util.List;

/**
 * What the server counted in the time of a measurement.
 *
 * @param models the measured model first, then those that it calls; empty where there are no statistics
 * @param missing why there are none, for the user; empty where there are some
 */
public record ServerStatistics(List<ModelStatistics> models, String missing) {
    public ServerStatistics {
        models = List.copyOf(models);
    }

    /** None, for that reason. */
    public static ServerStatistics none(String why) {
        return new ServerStatistics(List.of(), why);
    }

    /** Whether there are any. */
    public boolean isKnown() {
        return !models.isEmpty();
    }
}
