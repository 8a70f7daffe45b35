package io.nereid.bench.load.protocols;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;

import java.util.List;
import java.util.Set;

/**
 * What to measure and how.
 *
 * @param protocols in the order they run
 * @param bytes sizes of the tensors, multiples of 4
 * @param concurrency clients, each with one request under way
 * @param connections that the clients of gRPC share; those of HTTP have one each
 * @param seconds of each measurement
 * @param warmupSeconds of load before each measurement
 * @param rounds how often the whole table is measured
 */
record ProtocolsOptions(List<Protocol> protocols, List<Integer> bytes, int concurrency, int connections, int seconds,
        int warmupSeconds, int rounds) {
    static final String USAGE = Usage.of("protocols");

    private static final Set<String> NAMES = Set.of("--protocols", "--bytes", "--concurrency", "--connections",
            "--seconds", "--warmup", "--rounds");
    private static final List<Integer> DEFAULT_BYTES = List.of(64, 602_112);
    private static final int DEFAULT_CONCURRENCY = 8;
    private static final int DEFAULT_SECONDS = 10;
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_CLIENTS = 1000;
    private static final int MOST_SECONDS = 3600;
    private static final int MOST_ROUNDS = 100;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static ProtocolsOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        int concurrency = arguments.number("--concurrency", DEFAULT_CONCURRENCY, 1, MOST_CLIENTS);
        return new ProtocolsOptions(
                arguments.list("--protocols", Protocol::labelled).orElse(List.of(Protocol.values())),
                bytes(arguments), concurrency,
                arguments.number("--connections", concurrency, 1, concurrency),
                arguments.number("--seconds", DEFAULT_SECONDS, 1, MOST_SECONDS),
                arguments.number("--warmup", DEFAULT_SECONDS, 0, MOST_SECONDS),
                arguments.number("--rounds", 1, 1, MOST_ROUNDS));
    }

    private static List<Integer> bytes(Arguments arguments) {
        List<Integer> sizes = arguments.numbers("--bytes", Float.BYTES, MOST_BYTES).orElse(DEFAULT_BYTES);
        for (int size : sizes) {
            if (size % Float.BYTES != 0) {
                throw new IllegalArgumentException(
                        "--bytes: got '" + size + "' (expected a multiple of 4, as the tensor"
                                + " is FP32)");
            }
        }
        return sizes;
    }
}
