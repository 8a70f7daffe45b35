package io.nereid.bench.load.flat;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What to measure and how.
 *
 * @param models how many each server has; the first is what the others are compared with
 * @param idle connections that ask nothing, each number with a server of its own; the first is what the others are
 *            compared with
 * @param busy connections that each have a request under way
 * @param seconds of each measurement
 * @param warmupSeconds of load on each server before the first
 * @param rounds of measurements, whose medians are shown
 * @param distribution whose launcher starts the servers
 */
record FlatOptions(List<Integer> models, List<Integer> idle, List<Integer> busy, int seconds, int warmupSeconds,
        int rounds, Path distribution) {
    static final String USAGE = Usage.of("flat");

    private static final Set<String> NAMES = Set.of("--models", "--idle", "--busy", "--seconds", "--warmup",
            "--rounds", "--distribution");
    private static final int MOST_MODELS = 10_000;
    private static final int MOST_IDLE = 16_000;
    private static final int MOST_BUSY = 1000;
    private static final int MOST_SECONDS = 3600;
    private static final int MOST_ROUNDS = 100;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static FlatOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        return new FlatOptions(
                arguments.numbers("--models", 1, MOST_MODELS).orElse(List.of(1, 100, 1000)),
                arguments.numbers("--idle", 0, MOST_IDLE).orElse(List.of(0, 1000, 10_000)),
                arguments.numbers("--busy", 1, MOST_BUSY).orElse(List.of(1, 8)),
                arguments.number("--seconds", 5, 1, MOST_SECONDS),
                arguments.number("--warmup", 15, 0, MOST_SECONDS),
                arguments.number("--rounds", 5, 1, MOST_ROUNDS),
                arguments.folder("--distribution", Path.of("server/target/nereid")));
    }

    Path launcher() {
        return distribution.resolve("bin/nereid");
    }
}
