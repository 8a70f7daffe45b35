package io.nereid.simulation;

/**
 * A batch runs {@code fixedNanos + rows * nanosPerRow}.
 *
 * @param jitter as {@link ServiceLaw} says
 */
public record LinearService(long fixedNanos, long nanosPerRow, double jitter) implements ServiceLaw {
    public LinearService {
        if (fixedNanos < 0 || nanosPerRow < 0 || jitter < 0 || fixedNanos + nanosPerRow == 0) {
            throw new IllegalArgumentException("service: got " + fixedNanos + ", " + nanosPerRow + ", " + jitter
                    + " (expected no negative number and some time)");
        }
    }

    @Override
    public long meanNanos(int rows) {
        return fixedNanos + rows * nanosPerRow;
    }
}
