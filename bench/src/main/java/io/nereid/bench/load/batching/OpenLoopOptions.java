package io.nereid.bench.load.batching;

import io.nereid.bench.load.Arguments;

/**
 * How requests arrive that do not wait for each other.
 *
 * @param rate arrivals a second; 0 for a share of the capacity
 * @param percent of the capacity, where there is no rate
 * @param ownCapacity whether that is each model's own and not that of the model without batching
 * @param deadlineMillis after which a client cancels
 * @param seed of the arrivals
 * @param clients requests under way at most
 */
record OpenLoopOptions(int rate, int percent, boolean ownCapacity, int deadlineMillis, int seed, int clients) {
    private static final int MOST_PER_SECOND = 100_000;
    private static final int MOST_PERCENT = 10_000;
    private static final int MOST_MILLIS = 600_000;
    private static final int MOST_CLIENTS = 20_000;

    static OpenLoopOptions of(Arguments arguments) {
        return new OpenLoopOptions(arguments.number("--rate", 0, 0, MOST_PER_SECOND),
                arguments.number("--percent", 80, 1, MOST_PERCENT),
                arguments.text("--capacity").map(OpenLoopOptions::isOwn).orElse(false),
                arguments.number("--deadline-ms", 1000, 1, MOST_MILLIS),
                arguments.number("--seed", 1, 0, Integer.MAX_VALUE),
                arguments.number("--clients", 10_000, 1, MOST_CLIENTS));
    }

    private static boolean isOwn(String capacity) {
        return switch (capacity) {
            case "plain" -> false;
            case "own" -> true;
            default ->
                throw new IllegalArgumentException("--capacity: got '" + capacity + "' (expected plain or own)");
        };
    }

    /** Arrivals a second, given the capacity that was measured. */
    double arrivalsPerSecond(double capacity) {
        return rate > 0 ? rate : capacity * percent / 100;
    }
}
