package io.nereid.bench.load.batching;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What to measure and how.
 *
 * @param models in the order they run
 * @param concurrencies clients of the closed loops
 * @param seconds of each measurement
 * @param warmupSeconds of load before the first measurement of a model
 * @param batching of the models with dynamic batching
 * @param timeoutMillis after which a queued request is refused, by the models' configuration; 0 for never
 * @param instances of each model; 0 for as many as the server chooses
 * @param food11 the model repository of the food11 example
 * @param openLoop of the scenario {@code open}
 */
record BatchingOptions(List<BatchedModel> models, List<Integer> concurrencies, int seconds, int warmupSeconds,
        DynamicBatching batching, int timeoutMillis, int instances, Path food11, OpenLoopOptions openLoop) {
    static final String USAGE = Usage.of("batching");

    private static final Set<String> NAMES = Set.of("--models", "--concurrency", "--seconds", "--warmup", "--preferred",
            "--delay-us", "--timeout-ms", "--instances", "--food11", "--rate", "--percent", "--capacity",
            "--deadline-ms", "--seed", "--clients");
    private static final int MOST_SECONDS = 3600;
    private static final int MOST_CONNECTIONS = 1000;
    private static final int MOST_INSTANCES = 64;
    private static final int MOST_MICROS = 10_000_000;
    private static final int MOST_MILLIS = 600_000;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static BatchingOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        return new BatchingOptions(
                arguments.list("--models", BatchedModel::labelled).orElse(List.of(BatchedModel.values())),
                arguments.numbers("--concurrency", 1, MOST_CONNECTIONS).orElse(List.of(8, 16)),
                arguments.number("--seconds", 10, 1, MOST_SECONDS),
                arguments.number("--warmup", 10, 0, MOST_SECONDS),
                batching(arguments),
                arguments.number("--timeout-ms", 0, 0, MOST_MILLIS),
                arguments.number("--instances", 0, 0, MOST_INSTANCES),
                arguments.folder("--food11", Path.of("examples/food11/models")),
                OpenLoopOptions.of(arguments));
    }

    private static DynamicBatching batching(Arguments arguments) {
        List<Integer> preferred = arguments.text("--preferred").filter("none"::equals).isPresent() ? List.of()
                : arguments.numbers("--preferred", 1, BatchedModel.MAX_BATCH_SIZE).orElse(List.of(4, 8));
        return new DynamicBatching(preferred, arguments.number("--delay-us", 1000, 0, MOST_MICROS));
    }
}
