package io.nereid.perf.request;

import io.nereid.perf.client.SequenceStep;
import io.nereid.perf.grpc.GrpcTransport;
import io.nereid.perf.grpc.ProtobufWriter;
import io.nereid.perf.input.InputTensor;

import java.nio.ByteBuffer;

/** Writes requests for gRPC: the message {@code ModelInferRequest}. */
public final class GrpcRequests {
    private static final int MODEL_NAME = 1;
    private static final int MODEL_VERSION = 2;
    private static final int PARAMETERS = 4;
    private static final int INPUTS = 5;
    private static final int OUTPUTS = 6;
    private static final int RAW_INPUT_CONTENTS = 7;

    private static final int TENSOR_NAME = 1;
    private static final int TENSOR_DATATYPE = 2;
    private static final int TENSOR_SHAPE = 3;
    private static final int INPUT_PARAMETERS = 4;
    private static final int OUTPUT_PARAMETERS = 2;

    private static final int KEY = 1;
    private static final int VALUE = 2;
    /** A number that takes as much room as any. */
    private static final long LONGEST = -1;
    private static final int LONGEST_BYTES = 10;
    /** What gRPC has in front of a message. */
    private static final int FRAME_BYTES = 5;
    private static final int BOOL = 1;
    private static final int INT64 = 2;
    private static final int STRING = 3;

    private GrpcRequests() {}

    /**
     * The message with gRPC's five bytes in front, in direct memory.
     *
     * @param decoupled whether the server is to say when a request has its last answer
     */
    public static ByteBuffer write(InferRequest request, boolean decoupled) {
        return write(new ProtobufWriter(), request, decoupled);
    }

    /** The same with room for the sequence that it will be of. */
    public static SequenceStep writeStep(InferRequest request, boolean decoupled) {
        // first, so that its places do not depend on names and sizes
        ProtobufWriter message = new ProtobufWriter();
        parameter(message, PARAMETERS, "sequence_id", new ProtobufWriter().number(INT64, LONGEST));
        int id = FRAME_BYTES + message.toBytes().remaining() - LONGEST_BYTES;
        parameter(message, PARAMETERS, "sequence_start", new ProtobufWriter().number(BOOL, 1));
        int start = FRAME_BYTES + message.toBytes().remaining() - 1;
        parameter(message, PARAMETERS, "sequence_end", new ProtobufWriter().number(BOOL, 1));
        int end = FRAME_BYTES + message.toBytes().remaining() - 1;
        return new SequenceStep(write(message, request, decoupled), SequencePlaces.protobuf(id, start, end));
    }

    private static ByteBuffer write(ProtobufWriter message, InferRequest request, boolean decoupled) {
        message.text(MODEL_NAME, request.model()).text(MODEL_VERSION,
                request.version());
        if (decoupled) {
            parameter(message, PARAMETERS, "triton_enable_empty_final_response", new ProtobufWriter().number(BOOL, 1));
        }
        request.inputs().forEach(input -> message.message(INPUTS, input(input)));
        request.outputs().forEach(output -> message.message(OUTPUTS, output(output)));
        request.inputs().stream().filter(input -> input.range().isEmpty())
                .forEach(input -> message.bytes(RAW_INPUT_CONTENTS, input.tensor().bytes()));
        return GrpcTransport.framed(message.toBytes());
    }

    private static ProtobufWriter input(RequestedInput input) {
        InputTensor tensor = input.tensor();
        ProtobufWriter message = new ProtobufWriter().text(TENSOR_NAME, tensor.name()).text(TENSOR_DATATYPE,
                tensor.datatype().name());
        tensor.shape().forEach(size -> message.number(TENSOR_SHAPE, size));
        input.range().ifPresent(range -> range(message, INPUT_PARAMETERS, range));
        return message;
    }

    private static ProtobufWriter output(RequestedOutput output) {
        ProtobufWriter message = new ProtobufWriter().text(TENSOR_NAME, output.name());
        output.range().ifPresent(range -> range(message, OUTPUT_PARAMETERS, range));
        return message;
    }

    private static void range(ProtobufWriter message, int field, MemoryRange range) {
        parameter(message, field, "shared_memory_region", new ProtobufWriter().text(STRING, range.region()));
        parameter(message, field, "shared_memory_byte_size", new ProtobufWriter().number(INT64, range.byteSize()));
        if (range.offset() > 0) {
            parameter(message, field, "shared_memory_offset", new ProtobufWriter().number(INT64, range.offset()));
        }
    }

    private static void parameter(ProtobufWriter message, int field, String name, ProtobufWriter value) {
        message.message(field, new ProtobufWriter().text(KEY, name).message(VALUE, value));
    }
}
