package io.nereid.bench.load.device;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;
import io.nereid.bench.load.TensorRequest;
import io.nereid.perf.request.MemoryRange;

import java.util.Optional;
import java.util.Set;

/**
 * Which server to ask and for what.
 *
 * @param port of HTTP or of gRPC
 * @param grpc whether that is gRPC's
 * @param regions names of shared memory that the server knows; empty where the tensors are in the messages
 */
record ServedOptions(int port, boolean grpc, String model, String input, String output, Optional<Regions> regions,
        TensorOptions tensors) {
    static final String USAGE = Usage.of("served");

    private static final Set<String> NAMES = TensorOptions.names("--http-port", "--grpc-port", "--model", "--input",
            "--output", "--input-region", "--output-region");
    private static final int MOST_PORT = 65_535;

    /** Names of shared memory: the input is the same for all clients, each has its own place for the output. */
    record Regions(String input, String output) {
        MemoryRange inputOf(TensorRequest request) {
            return new MemoryRange(input, 0, request.inputBytes());
        }

        MemoryRange outputOf(int client, long bytes) {
            return new MemoryRange(output, client * bytes, bytes);
        }
    }

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static ServedOptions parse(String... command) {
        Arguments arguments = Arguments.parse(NAMES, command);
        int http = arguments.number("--http-port", 0, 1, MOST_PORT);
        int grpc = arguments.number("--grpc-port", 0, 1, MOST_PORT);
        if ((http == 0) == (grpc == 0)) {
            throw new IllegalArgumentException("got " + (http == 0 ? "no port" : "two ports")
                    + " (expected --http-port or --grpc-port)");
        }
        return new ServedOptions(http + grpc, grpc != 0, required(arguments, "--model"),
                arguments.text("--input").orElse("input"), arguments.text("--output").orElse("output"),
                regions(arguments), TensorOptions.of(arguments));
    }

    private static Optional<Regions> regions(Arguments arguments) {
        Optional<String> input = arguments.text("--input-region");
        Optional<String> output = arguments.text("--output-region");
        if (input.isPresent() != output.isPresent()) {
            throw new IllegalArgumentException("got one region (expected --input-region and --output-region)");
        }
        return input.map(name -> new Regions(name, output.orElseThrow()));
    }

    private static String required(Arguments arguments, String name) {
        return arguments.text(name).orElseThrow(() -> new IllegalArgumentException("got no " + name));
    }

    TensorRequest request(int batch) {
        return new TensorRequest(model, input, tensors.inputShape(batch), output);
    }

    /** What a measurement is called. */
    String what() {
        return (grpc ? "grpc" : "http") + (regions.isPresent() ? "-shm" : "");
    }
}
