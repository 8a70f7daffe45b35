package io.nereid.server.custommetrics;

import io.nereid.backend.ModelMetrics;

import java.util.List;
import java.util.SortedMap;

/**
 * A family as it was at one moment.
 *
 * @param description as the model gave it: any text
 */
public record CustomFamily(String name, String description, ModelMetrics.Kind kind, List<Sample> samples) {
    /**
     * A series of it.
     *
     * @param value of a counter or gauge; the sum of a histogram's observations
     * @param bounds a histogram's upper bounds, ascending; empty for others
     * @param counts observations up to each bound and above the one before, and above the last one; for others empty
     */
    public record Sample(SortedMap<String, String> labels, double value, List<Double> bounds, List<Long> counts) {}
}
