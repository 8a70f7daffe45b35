package io.nereid.perf.tune;

/**
 * What of the machine a model takes.
 *
 * @param instances {@code count} of its instance groups
 * @param threads that each instance computes with
 */
public record Placement(int instances, int threads) {
    public Placement {
        if (instances < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "placement: got %d instances of %d threads (expected 1 or more)".formatted(instances, threads));
        }
    }
}
