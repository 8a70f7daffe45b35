package io.nereid.bench.load.batching;

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
    static final String USAGE = """
            usage: bench/run load batching|open|calls [OPTIONS]
              batching  a closed loop with and without dynamic batching: throughput, latency, sizes of the batches, the
                        answers of the client that got fewest and of the one that got most
              open      Poisson arrivals: answers in time, refused, late; memory of the server
              calls     what one call of ONNX Runtime takes at batch sizes 1 to 8, without a server
            options of all:
              --models       %s (all)
              --seconds      length of each measurement (10)
              --warmup       seconds of load before the first measurement of a model (10)
              --instances    of each model (as many as the server chooses)
              --food11       model repository of the food11 example (examples/food11/models)
            of all but calls:
              --preferred    preferred_batch_size, or none (4,8)
              --delay-us     max_queue_delay_microseconds (1000)
              --timeout-ms   default_timeout_microseconds of the queue policy / 1000 (0, no timeout)
            of batching:
              --concurrency  clients, each with a connection and one request under way (8,16)
            of open:
              --rate         arrivals a second (in place of --percent)
              --percent      arrivals in percent of the capacity that a closed loop measures first (80)
              --capacity     plain: of the model without batching, for both; own: each model's own (plain)
              --deadline-ms  after this a client gives up and closes its connection (1000)
              --seed         of the arrivals (1)
              --clients      requests under way at most (10000)
            """.formatted(String.join(", ", BatchedModel.labels()));

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
