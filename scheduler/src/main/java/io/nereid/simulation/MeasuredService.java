package io.nereid.simulation;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A batch runs as long as batches of its size were measured to run. Between two sizes that were measured the time lies
 * on the line through them; beyond the smallest and the largest, on the line through the two next to it. Where that line
 * would fall, a batch takes as long as the end does; where only one size
 * was measured, nobody knows what a row costs by itself, and a larger batch takes its rows' share more.
 *
 * @param nanosByRows mean time of a batch by its rows; one or more sizes
 */
public record MeasuredService(NavigableMap<Integer, Long> nanosByRows) implements ServiceLaw {
    /** A copy that nobody changes. */
    public MeasuredService {
        if (nanosByRows.isEmpty() || nanosByRows.firstKey() < 1) {
            throw new IllegalArgumentException("service: got " + nanosByRows + " (expected sizes from 1)");
        }
        nanosByRows = Collections.unmodifiableNavigableMap(new TreeMap<>(nanosByRows));
    }

    @Override
    public double jitter() {
        return 0;
    }

    @Override
    public long meanNanos(int rows) {
        Long measured = nanosByRows.get(rows);
        if (measured != null) {
            return Math.max(1, measured);
        }
        Map.Entry<Integer, Long> below = nanosByRows.lowerEntry(rows);
        Map.Entry<Integer, Long> above = nanosByRows.higherEntry(rows);
        if (below == null) {
            return Math.max(1, beyond(nanosByRows.firstEntry(), nanosByRows.higherEntry(nanosByRows.firstKey()), rows));
        }
        if (above == null) {
            return Math.max(1, beyond(below, nanosByRows.lowerEntry(below.getKey()), rows));
        }
        return Math.max(1, onLine(below, above, rows));
    }

    /** The time on the line through an end and the size next to it, in the direction in which it does not fall. */
    private static long beyond(Map.Entry<Integer, Long> end, Map.@Nullable Entry<Integer, Long> inner, int rows) {
        if (inner == null) {
            return rows < end.getKey() ? end.getValue() : end.getValue() * rows / end.getKey();
        }
        long onLine = onLine(end, inner, rows);
        return rows < end.getKey() ? Math.clamp(onLine, 0, end.getValue()) : Math.max(onLine, end.getValue());
    }

    private static long onLine(Map.Entry<Integer, Long> one, Map.Entry<Integer, Long> other, int rows) {
        double perRow = (double) (other.getValue() - one.getValue()) / (other.getKey() - one.getKey());
        return Math.round(one.getValue() + perRow * (rows - one.getKey()));
    }
}
