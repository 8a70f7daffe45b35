package io.nereid.bench.load;

import io.nereid.bench.Usage;
import io.nereid.server.http.HttpConfig;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What to load and for how long.
 *
 * @param scenarios in the order they run
 * @param concurrencies how many connections, each with one request under way
 * @param seconds of each measurement
 * @param warmupSeconds of load before the first measurement of a scenario at most, at its highest concurrency
 * @param rounds how often each measurement is taken
 * @param httpThreads event loops of the server
 * @param food11 the model repository of the food11 example
 */
record LoadOptions(List<Scenario> scenarios, List<Integer> concurrencies, int seconds, int warmupSeconds, int rounds,
        int httpThreads, Path food11) {
    static final String USAGE = Usage.of("load");

    private static final Set<String> NAMES = Set.of("--scenarios", "--concurrency", "--seconds", "--warmup", "--rounds",
            "--http-threads", "--food11");
    private static final LoadOptions DEFAULT = new LoadOptions(List.of(Scenario.values()), List.of(1, 8), 10, 60, 1,
            HttpConfig.DEFAULT_THREADS, Path.of("examples/food11/models"));
    private static final int MOST_SECONDS = 600;
    private static final int MOST_CONNECTIONS = 1000;
    private static final int MOST_ROUNDS = 100;
    private static final int MOST_HTTP_THREADS = 64;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static LoadOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        return new LoadOptions(
                arguments.list("--scenarios", Scenario::labelled).orElse(DEFAULT.scenarios),
                arguments.numbers("--concurrency", 1, MOST_CONNECTIONS).orElse(DEFAULT.concurrencies),
                arguments.number("--seconds", DEFAULT.seconds, 1, MOST_SECONDS),
                arguments.number("--warmup", DEFAULT.warmupSeconds, 0, MOST_SECONDS),
                arguments.number("--rounds", DEFAULT.rounds, 1, MOST_ROUNDS),
                arguments.number("--http-threads", DEFAULT.httpThreads, 1, MOST_HTTP_THREADS),
                arguments.folder("--food11", DEFAULT.food11));
    }

    int highestConcurrency() {
        return concurrencies.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }
}
