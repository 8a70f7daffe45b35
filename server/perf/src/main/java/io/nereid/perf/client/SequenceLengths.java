package io.nereid.perf.client;

import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * How many requests sequences have.
 *
 * @param length about how many; those of the data's stream if empty
 * @param variationPercent by how much of it the length is above or below it at most; of a stream it is not varied
 */
public record SequenceLengths(OptionalInt length, double variationPercent) {
    private static final double PERCENT = 100;

    /** Of a sequence of that many steps of data: 1 or more. */
    int next(int steps, RandomGenerator random) {
        if (length.isEmpty()) {
            return steps;
        }
        double offset = (2 * random.nextDouble() - 1) * variationPercent / PERCENT * length.getAsInt();
        return Math.max(1, (int) Math.round(length.getAsInt() + offset));
    }
}
