package io.nereid.server.grpc.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes ModelInferResponse and ModelStreamInferResponse. Stateless and thread-safe. */
public final class InferResponseEncoder {
    private static final String FINAL = "triton_final_response";
    private static final int TYPICAL_BYTES = 192;
    // ModelInferResponse
    private static final int MODEL_NAME = 1;
    private static final int MODEL_VERSION = 2;
    private static final int ID = 3;
    private static final int PARAMETERS = 4;
    private static final int OUTPUTS = 5;
    private static final int RAW_OUTPUT_CONTENTS = 6;
    // ModelStreamInferResponse
    private static final int ERROR_MESSAGE = 1;
    private static final int INFER_RESPONSE = 2;

    private InferResponseEncoder() {}

    /**
     * Whom a response answers.
     *
     * @param modelName the model
     * @param modelVersion its version; for a response without outputs as the request had it
     * @param requestId the client's name for the request, empty for none
     */
    public record Answered(String modelName, String modelVersion, String requestId) {}

    /**
     * The answer to ModelInfer. It refers to the response's memory until it is written.
     *
     * @throws InferenceException INTERNAL if it is too long for a message
     */
    public static EncodedMessage unary(Answered answered, InferenceResponse response) throws InferenceException {
        ProtoWriter head = new ProtoWriter(TYPICAL_BYTES);
        writeHead(head, answered, response.parameters(), null);
        writeOutputs(head, response.outputs());
        return checked(withTensors(head, response.outputs()));
    }

    /**
     * A response of ModelStreamInfer, likewise.
     *
     * @param last whether it is the last one to its request
     */
    public static EncodedMessage streamed(Answered answered, InferenceResponse response, boolean last)
            throws InferenceException {
        ProtoWriter inner = new ProtoWriter(TYPICAL_BYTES);
        writeHead(inner, answered, response.parameters(), last);
        writeOutputs(inner, response.outputs());
        long length = inner.length();
        for (Tensor output : response.outputs()) {
            long bytes = output.byteSize();
            length += 1 + ProtoWriter.sizeOf(bytes) + bytes;
        }
        ProtoWriter head = new ProtoWriter(inner.length() + TYPICAL_BYTES);
        head.head(INFER_RESPONSE, length);
        head.raw(inner);
        return checked(withTensors(head, response.outputs()));
    }

    /** The end of a streamed request whose last response did not say so. */
    public static EncodedMessage emptyFinal(Answered answered) {
        ProtoWriter inner = new ProtoWriter(TYPICAL_BYTES);
        writeHead(inner, answered, Map.of(), true);
        return wrapped(new ProtoWriter(TYPICAL_BYTES), inner);
    }

    /** The failure of a streamed request that no model took on: nothing but its id is sent. */
    public static EncodedMessage refusal(String requestId, String text) {
        return failed(new Answered("", "", requestId), text, null);
    }

    /**
     * The failure of a streamed request that a model had taken on, or of one of its responses.
     *
     * @param last whether nothing follows
     */
    public static EncodedMessage failure(Answered answered, String text, boolean last) {
        return failed(answered, text, last);
    }

    private static EncodedMessage failed(Answered answered, String text, @Nullable Boolean last) {
        ProtoWriter inner = new ProtoWriter(TYPICAL_BYTES);
        writeHead(inner, answered, Map.of(), last);
        ProtoWriter head = new ProtoWriter(TYPICAL_BYTES);
        head.text(ERROR_MESSAGE, text);
        return wrapped(head, inner);
    }

    private static EncodedMessage wrapped(ProtoWriter head, ProtoWriter inner) {
        head.message(INFER_RESPONSE, inner);
        return new EncodedMessage(head.array(), head.length(), List.of());
    }

    private static void writeHead(ProtoWriter out, Answered answered, Map<String, ParameterValue> parameters,
            @Nullable Boolean last) {
        out.text(MODEL_NAME, answered.modelName);
        out.text(MODEL_VERSION, answered.modelVersion);
        out.text(ID, answered.requestId);
        parameters.forEach((name, value) -> writeParameter(out, name, value));
        if (last != null) {
            writeParameter(out, FINAL, new ParameterValue.Flag(last));
        }
    }

    private static void writeParameter(ProtoWriter out, String name, ParameterValue value) {
        ProtoWriter choice = new ProtoWriter(16);
        switch (value) {
            case ParameterValue.Flag(boolean flag) -> choice.number(1, flag ? 1 : 0);
            case ParameterValue.Int(long number) -> choice.number(2, number);
            case ParameterValue.Text(String text) -> choice.bytes(3, text.getBytes(StandardCharsets.UTF_8));
            case ParameterValue.Real(double number) -> choice.real(4, number);
        }
        ProtoWriter entry = new ProtoWriter(48);
        entry.text(1, name);
        entry.message(2, choice);
        out.message(PARAMETERS, entry);
    }

    private static void writeOutputs(ProtoWriter out, List<Tensor> outputs) {
        for (Tensor output : outputs) {
            ProtoWriter tensor = new ProtoWriter(64);
            tensor.text(1, output.name());
            tensor.text(2, output.dataType().name());
            writeShape(tensor, output);
            out.message(OUTPUTS, tensor);
        }
    }

    private static void writeShape(ProtoWriter out, Tensor output) {
        int rank = output.shape().rank();
        if (rank == 0) {
            return;
        }
        int length = 0;
        for (int i = 0; i < rank; i++) {
            length += ProtoWriter.sizeOf(output.shape().dim(i));
        }
        out.head(3, length);
        for (int i = 0; i < rank; i++) {
            out.varint(output.shape().dim(i));
        }
    }

    private static EncodedMessage withTensors(ProtoWriter head, List<Tensor> outputs) {
        List<EncodedMessage.Part> parts = new ArrayList<>(outputs.size());
        for (Tensor output : outputs) {
            head.head(RAW_OUTPUT_CONTENTS, output.byteSize());
            parts.add(new EncodedMessage.Part(head.length(), output.data()));
        }
        return new EncodedMessage(head.array(), head.length(), parts);
    }

    private static EncodedMessage checked(EncodedMessage message) throws InferenceException {
        if (message.length() > Integer.MAX_VALUE) {
            throw new InferenceException(ErrorCode.INTERNAL, "the response has " + message.length()
                    + " bytes, more than a gRPC message can have (" + Integer.MAX_VALUE
                    + "); ask for fewer outputs, or for shared memory");
        }
        return message;
    }
}
