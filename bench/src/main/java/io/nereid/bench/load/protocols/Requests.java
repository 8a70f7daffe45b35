package io.nereid.bench.load.protocols;

import io.nereid.bench.load.TensorRequest;
import io.nereid.perf.request.MemoryRange;
import io.nereid.perf.request.SharedRegion;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The requests of the clients: one row of FP32 to the model that repeats it, whole or by where it lies. */
final class Requests {
    static final String MODEL = "identity";

    private final byte[] data;
    private final TensorRequest request;
    private final List<MemoryRange> inputs = new ArrayList<>();
    private final List<MemoryRange> outputs = new ArrayList<>();

    private Requests(byte[] data) {
        this.data = data.clone();
        this.request = new TensorRequest(MODEL, "INPUT0", List.of(1L, (long) data.length / Float.BYTES), "OUTPUT0");
    }

    /** With this data in the message, the same for all clients. */
    static Requests inMessages(byte[] data) {
        return new Requests(data);
    }

    /** Of so many clients, each with its own place in the region for this data, and for its output. */
    static Requests inSharedMemory(byte[] data, SharedRegion region, int clients) throws IOException {
        Requests requests = new Requests(data);
        for (int client = 0; client < clients; client++) {
            requests.inputs.add(region.place(ByteBuffer.wrap(data)));
            requests.outputs.add(region.reserve(data.length));
        }
        return requests;
    }

    /** Where the outputs lie, one for each client; empty where they are in the messages. */
    List<MemoryRange> outputs() {
        return outputs;
    }

    /** Over HTTP, one for each client where they differ. */
    List<ByteBuffer> http() {
        return outputs.isEmpty() ? List.of(request.http(data))
                : IntStream.range(0, outputs.size()).mapToObj(i -> request.http(inputs.get(i), outputs.get(i)))
                        .toList();
    }

    /** Over gRPC, likewise. */
    List<ByteBuffer> grpc() {
        return outputs.isEmpty() ? List.of(request.grpc(data))
                : IntStream.range(0, outputs.size()).mapToObj(i -> request.grpc(inputs.get(i), outputs.get(i)))
                        .toList();
    }
}
