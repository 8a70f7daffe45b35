package io.nereid.bench.load.tail;

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
    static final String USAGE = """
            usage: bench/run load tail [OPTIONS]
              The food classifier in one instance with ONNX Runtime's threads, fed by clients in a closed loop: the bare
              session behind a queue, the distribution, and the distribution with a model that repeats 602 KB, in turns,
              each in a fresh process that gets its load as soon as it is ready. NEREID_JAVA_OPTS goes to the servers.
              --concurrency  clients, each with one request under way (1,8,16)
              --seconds      length of each turn (24)
              --settle       seconds of it that count only for the p99 of each second (10)
              --rounds       how often the whole table is measured (1)
              --distribution whose server is measured, with its AOT cache (server/target/nereid)
              --food11       model repository of the food11 example (examples/food11/models)
            """;

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
