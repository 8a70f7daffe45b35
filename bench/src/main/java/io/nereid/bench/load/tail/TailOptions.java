package io.nereid.bench.load.tail;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What to measure and how.
 *
 * @param concurrencies clients, each with one request under way
 * @param seconds of load in each turn, from the moment the process is ready
 * @param settleSeconds of them that only the course shows
 * @param rounds how often the whole table is measured
 * @param distribution whose launcher starts the servers
 * @param food11 the model repository of the food11 example
 */
record TailOptions(List<Integer> concurrencies, int seconds, int settleSeconds, int rounds, Path distribution,
        Path food11) {
    static final String USAGE = Usage.of("tail");

    static final int DEFAULT_SECONDS = 24;
    static final int DEFAULT_SETTLE_SECONDS = 10;
    private static final Set<String> NAMES = Set.of("--concurrency", "--seconds", "--settle", "--rounds",
            "--distribution", "--food11");
    private static final List<Integer> DEFAULT_CONCURRENCIES = List.of(1, 8, 16);
    private static final int MOST_CLIENTS = 1000;
    private static final int MOST_SECONDS = 3600;
    private static final int MOST_ROUNDS = 100;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static TailOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        int seconds = arguments.number("--seconds", DEFAULT_SECONDS, 1, MOST_SECONDS);
        return new TailOptions(
                arguments.numbers("--concurrency", 1, MOST_CLIENTS).orElse(DEFAULT_CONCURRENCIES), seconds,
                arguments.number("--settle", Math.min(DEFAULT_SETTLE_SECONDS, seconds - 1), 0, seconds - 1),
                arguments.number("--rounds", 1, 1, MOST_ROUNDS),
                arguments.folder("--distribution", Path.of("server/target/nereid")),
                arguments.folder("--food11", Path.of("examples/food11/models")));
    }

    Path launcher() {
        return distribution.resolve("bin/nereid");
    }

    /** Of the food classifier. */
    Path model() {
        return food11.resolve(TailRepository.FOOD).resolve("1/model.onnx");
    }
}
