package io.nereid.bench.load.protocols;

import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.TensorRequest;

import java.util.List;
import java.util.Optional;

/** The requests of the clients: one row of FP32 to the model that repeats it, whole or by where it lies. */
final class Requests {
    static final String MODEL = "identity";
    private static final String INPUT = "INPUT0";
    private static final String OUTPUT = "OUTPUT0";

    private final byte[] data;
    private final Optional<SharedRegion> region;
    private final TensorRequest request;

    /**
     * Requests with this data.
     *
     * @param region where it lies for every client; empty for in the request
     */
    Requests(byte[] data, Optional<SharedRegion> region) {
        this.data = data.clone();
        this.region = region;
        this.request = new TensorRequest(MODEL, INPUT, List.of(1L, (long) data.length / Float.BYTES), OUTPUT);
    }

    /** As Triton's clients write it for HTTP. */
    InferRequestBody http(int client) {
        return region.map(shared -> request.http(shared.input(client), shared.output(client)))
                .orElseGet(() -> request.http(data));
    }

    /** A ModelInferRequest. */
    byte[] grpc(int client) {
        return region.map(shared -> request.grpc(shared.input(client), shared.output(client)))
                .orElseGet(() -> request.grpc(data));
    }
}
