package io.nereid.bench.load.protocols;

import io.nereid.perf.grpc.GrpcTransport.Method;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How a request comes to the server. */
enum Protocol {
    /** As {@code binary_data} behind the JSON. */
    HTTP("http", false, null),
    GRPC("grpc", false, Method.UNARY),
    GRPC_STREAM("grpc-stream", false, Method.STREAM),
    HTTP_SHARED_MEMORY("http-shm", true, null),
    GRPC_SHARED_MEMORY("grpc-shm", true, Method.UNARY),
    GRPC_STREAM_SHARED_MEMORY("grpc-stream-shm", true, Method.STREAM);

    private final String label;
    private final boolean sharedMemory;
    private final Optional<Method> grpc;

    Protocol(String label, boolean sharedMemory, @Nullable Method grpc) {
        this.label = label;
        this.sharedMemory = sharedMemory;
        this.grpc = Optional.ofNullable(grpc);
    }

    /** The one that the command line calls {@code label}. */
    static Protocol labelled(String label) {
        return Arrays.stream(values()).filter(protocol -> protocol.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "protocol '" + label + "' is unknown (expected one of " + String.join(", ", labels()) + ")"));
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(Protocol::label).toList();
    }

    String label() {
        return label;
    }

    /** Whether the inputs and the outputs lie in system shared memory. */
    boolean sharedMemory() {
        return sharedMemory;
    }

    /** The way over gRPC; empty for HTTP. */
    Optional<Method> grpc() {
        return grpc;
    }
}
