package io.nereid.bench.load.device;

import io.nereid.bench.load.Arguments;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What both measurements are told.
 *
 * @param dims of the input, without its batch
 * @param outputDims of the output, without its batch
 * @param batches rows of a request
 * @param concurrencies clients, each with one request under way
 * @param seconds of each measurement
 * @param warmupSeconds of load before each measurement
 */
record TensorOptions(List<Long> dims, List<Long> outputDims, List<Integer> batches, List<Integer> concurrencies,
        int seconds, int warmupSeconds) {
    private static final Set<String> NAMES = Set.of("--dims", "--output-dims", "--batch", "--concurrency", "--seconds",
            "--warmup");
    private static final int MOST_ELEMENTS = 1 << 28;
    private static final int MOST_ROWS = 4096;
    private static final int MOST_CLIENTS = 1000;
    private static final int MOST_SECONDS = 3600;

    /** The names of these options and of {@code more}. */
    static Set<String> names(String... more) {
        return Set.copyOf(Stream.concat(NAMES.stream(), Stream.of(more)).toList());
    }

    static TensorOptions of(Arguments arguments) {
        return new TensorOptions(longs(arguments, "--dims", List.of(3, 224, 224)),
                longs(arguments, "--output-dims", List.of(1000)),
                arguments.numbers("--batch", 1, MOST_ROWS).orElse(List.of(1)),
                arguments.numbers("--concurrency", 1, MOST_CLIENTS).orElse(List.of(1)),
                arguments.number("--seconds", 2, 1, MOST_SECONDS), arguments.number("--warmup", 1, 0, MOST_SECONDS));
    }

    private static List<Long> longs(Arguments arguments, String name, List<Integer> otherwise) {
        return arguments.numbers(name, 1, MOST_ELEMENTS).orElse(otherwise).stream().map(Long::valueOf).toList();
    }

    /** The whole shape of so many rows of the input. */
    List<Long> inputShape(int batch) {
        return Stream.concat(Stream.of((long) batch), dims.stream()).toList();
    }

    /** The whole shape of so many rows of the output. */
    List<Long> outputShape(int batch) {
        return Stream.concat(Stream.of((long) batch), outputDims.stream()).toList();
    }
}
