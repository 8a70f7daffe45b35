package io.nereid.bench.load;

import com.google.protobuf.ByteString;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;
import io.nereid.server.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What requests ask of a model with one FP32 input, as Triton's clients write it for either protocol.
 *
 * @param shape of the input, its batch included
 */
public record TensorRequest(String model, String input, List<Long> shape, String output) {
    public TensorRequest {
        shape = List.copyOf(shape);
    }

    /** How many bytes the input has. */
    public int inputBytes() {
        return Math.toIntExact(shape.stream().reduce((long) Float.BYTES, Math::multiplyExact));
    }

    /** For HTTP, with this data behind the JSON. */
    public InferRequestBody http(byte[] data) {
        return InferRequestBody.binary(input, shapeText(), output, data);
    }

    /** For HTTP, with the tensors in memory that the server knows. */
    public InferRequestBody http(SharedMemoryRange inputAt, SharedMemoryRange outputAt) {
        return InferRequestBody.inSharedMemory(input, shapeText(), inputAt, output, outputAt);
    }

    /** A ModelInferRequest with this data. */
    public byte[] grpc(byte[] data) {
        return request(tensor(), wanted()).addRawInputContents(ByteString.copyFrom(data)).build().toByteArray();
    }

    /** A ModelInferRequest with the tensors in memory that the server knows. */
    public byte[] grpc(SharedMemoryRange inputAt, SharedMemoryRange outputAt) {
        return request(tensor().putAllParameters(parameters(inputAt)), wanted().putAllParameters(parameters(outputAt)))
                .build().toByteArray();
    }

    private ModelInferRequest.Builder request(InferInputTensor.Builder tensor,
            InferRequestedOutputTensor.Builder wanted) {
        return ModelInferRequest.newBuilder().setModelName(model).addInputs(tensor).addOutputs(wanted);
    }

    private InferInputTensor.Builder tensor() {
        return InferInputTensor.newBuilder().setName(input).setDatatype("FP32").addAllShape(shape);
    }

    private InferRequestedOutputTensor.Builder wanted() {
        return InferRequestedOutputTensor.newBuilder().setName(output);
    }

    private static Map<String, InferParameter> parameters(SharedMemoryRange range) {
        return Map.of("shared_memory_region", InferParameter.newBuilder().setStringParam(range.region()).build(),
                "shared_memory_offset", InferParameter.newBuilder().setInt64Param(range.offset()).build(),
                "shared_memory_byte_size", InferParameter.newBuilder().setInt64Param(range.byteSize()).build());
    }

    private String shapeText() {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
