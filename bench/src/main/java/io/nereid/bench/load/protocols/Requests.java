package io.nereid.bench.load.protocols;

import com.google.protobuf.ByteString;
import io.nereid.bench.load.InferRequestBody;
import io.nereid.bench.load.SharedMemoryRange;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;
import io.nereid.server.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;

import java.util.Map;
import java.util.Optional;

/** The requests of the clients: one row of FP32 to the model that repeats it, whole or by where it lies. */
final class Requests {
    static final String MODEL = "identity";
    private static final String INPUT = "INPUT0";
    private static final String OUTPUT = "OUTPUT0";

    private final byte[] data;
    private final Optional<SharedRegion> region;

    /**
     * Requests with this data.
     *
     * @param region where it lies for every client; empty for in the request
     */
    Requests(byte[] data, Optional<SharedRegion> region) {
        this.data = data.clone();
        this.region = region;
    }

    /** As Triton's clients write it for HTTP. */
    InferRequestBody http(int client) {
        String shape = "1," + elements();
        return region.map(shared -> InferRequestBody.inSharedMemory(INPUT, shape, shared.input(client), OUTPUT,
                shared.output(client))).orElseGet(() -> InferRequestBody.binary(INPUT, shape, OUTPUT, data));
    }

    /** A ModelInferRequest. */
    byte[] grpc(int client) {
        InferInputTensor.Builder input = InferInputTensor.newBuilder().setName(INPUT).setDatatype("FP32").addShape(1)
                .addShape(elements());
        InferRequestedOutputTensor.Builder output = InferRequestedOutputTensor.newBuilder().setName(OUTPUT);
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(MODEL);
        if (region.isPresent()) {
            input.putAllParameters(parameters(region.get().input(client)));
            output.putAllParameters(parameters(region.get().output(client)));
        } else {
            request.addRawInputContents(ByteString.copyFrom(data));
        }
        return request.addInputs(input).addOutputs(output).build().toByteArray();
    }

    private static Map<String, InferParameter> parameters(SharedMemoryRange range) {
        return Map.of("shared_memory_region", InferParameter.newBuilder().setStringParam(range.region()).build(),
                "shared_memory_offset", InferParameter.newBuilder().setInt64Param(range.offset()).build(),
                "shared_memory_byte_size", InferParameter.newBuilder().setInt64Param(range.byteSize()).build());
    }

    private int elements() {
        return data.length / Float.BYTES;
    }
}
