package io.nereid.bench.load;

import io.nereid.perf.http.HttpTransport;
import io.nereid.perf.input.Datatype;
import io.nereid.perf.input.InputTensor;
import io.nereid.perf.request.GrpcRequests;
import io.nereid.perf.request.HttpRequests;
import io.nereid.perf.request.InferRequest;
import io.nereid.perf.request.MemoryRange;
import io.nereid.perf.request.RequestedInput;
import io.nereid.perf.request.RequestedOutput;
import io.nereid.perf.request.TensorFormat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What requests ask of a model with one FP32 input, for either protocol, as loads send them.
 *
 * @param shape of the input, its batch included
 */
public record TensorRequest(String model, String input, List<Long> shape, String output) {
    private static final String HOST = "127.0.0.1";

    public TensorRequest {
        shape = List.copyOf(shape);
    }

    /** How many bytes the input has. */
    public int inputBytes() {
        return Math.toIntExact(shape.stream().reduce((long) Float.BYTES, Math::multiplyExact));
    }

    /** For HTTP, whole, with random numbers behind the JSON that are the same at every call. */
    public ByteBuffer httpOfRandoms() {
        return http(InferRequestBody.randomBytes(inputBytes() / Float.BYTES));
    }

    /** For HTTP, whole, with this data behind the JSON. */
    public ByteBuffer http(byte[] data) {
        return http(request(data, Optional.empty(), Optional.empty()));
    }

    /** For HTTP, whole, with the tensors in memory that the server knows. */
    public ByteBuffer http(MemoryRange inputAt, MemoryRange outputAt) {
        return http(request(new byte[inputBytes()], Optional.of(inputAt), Optional.of(outputAt)));
    }

    private ByteBuffer http(InferRequest request) {
        return new HttpRequests(HOST, HttpTransport.inferPath(model, ""), "", TensorFormat.BINARY,
                TensorFormat.BINARY).write(request);
    }

    /** For gRPC, with its five bytes in front, with this data. */
    public ByteBuffer grpc(byte[] data) {
        return GrpcRequests.write(request(data, Optional.empty(), Optional.empty()), false);
    }

    /** For gRPC, with its five bytes in front, with the tensors in memory that the server knows. */
    public ByteBuffer grpc(MemoryRange inputAt, MemoryRange outputAt) {
        return GrpcRequests.write(request(new byte[inputBytes()], Optional.of(inputAt), Optional.of(outputAt)), false);
    }

    private InferRequest request(byte[] data, Optional<MemoryRange> inputAt, Optional<MemoryRange> outputAt) {
        InputTensor tensor = new InputTensor(input, Datatype.FP32, shape, ByteBuffer.wrap(data));
        return new InferRequest(model, "", List.of(new RequestedInput(tensor, inputAt)),
                List.of(new RequestedOutput(output, outputAt)));
    }
}
