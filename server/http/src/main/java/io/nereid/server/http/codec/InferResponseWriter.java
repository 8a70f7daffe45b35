package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Charge;
import io.nereid.server.protocol.RequestedOutput;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the answer to an infer request: JSON with the outputs that are wanted as JSON, and the list of tensors that
 * follow it as they are. Thread-safe: it keeps nothing between responses.
 */
public final class InferResponseWriter {

    /**
     * Writes the JSON of a response to {@code out}; the response stays the caller's.
     *
     * @param model the model, version and request that are answered
     * @param requested the outputs the client asked for; if none, all that the response has are written
     * @param binaryByDefault whether outputs are binary where none is asked for by name
     * @param charge takes what the JSON takes, before it is allocated
     * @throws InferenceException INTERNAL if an output's data is not what its shape says; INVALID_ARG if a BYTES
     *             output is wanted as JSON and is no text. Nothing is left in {@code out} then
     */
    public EncodedResponse write(ResponseInfo model, List<RequestedOutput> requested, boolean binaryByDefault,
            InferenceResponse response, ByteBuf out, Charge charge) throws InferenceException {
        int start = out.writerIndex();
        try {
            JsonWriter json = new JsonWriter(out, charge);
            List<MemorySegment> binary = new ArrayList<>(2);
            writeHead(json, model, response.parameters());
            writeOutputs(json, requested, binaryByDefault, response.outputs(), binary);
            json.raw('}');
            json.flush();
            return new EncodedResponse(out.writerIndex() - start, binary);
        } catch (InferenceException e) {
            out.writerIndex(start);
            throw e;
        }
    }

    private static void writeHead(JsonWriter json, ResponseInfo model, Map<String, ParameterValue> parameters)
            throws InferenceException {
        json.raw('{');
        if (!model.requestId().isEmpty()) {
            json.raw("\"id\":");
            json.string(model.requestId());
            json.raw(',');
        }
        json.raw("\"model_name\":");
        json.string(model.modelName());
        json.raw(",\"model_version\":");
        json.string(model.modelVersion());
        if (!parameters.isEmpty()) {
            json.raw(",\"parameters\":{");
            boolean first = true;
            for (Map.Entry<String, ParameterValue> parameter : parameters.entrySet()) {
                json.raw(first ? "" : ",");
                first = false;
                json.string(parameter.getKey());
                json.raw(':');
                writeParameter(json, parameter.getValue());
            }
            json.raw('}');
        }
    }

    /** Writes the value of a parameter. */
    static void writeParameter(JsonWriter json, ParameterValue value) throws InferenceException {
        switch (value) {
            case ParameterValue.Text(String text) -> json.string(text);
            case ParameterValue.Int(long number) -> json.signed(number);
            case ParameterValue.Flag(boolean flag) -> json.bool(flag);
            case ParameterValue.Real(double number) -> json.number(number);
        }
    }

    private static void writeOutputs(JsonWriter json, List<RequestedOutput> requested, boolean binaryByDefault,
            List<Tensor> outputs, List<MemorySegment> binary) throws InferenceException {
        json.raw(",\"outputs\":[");
        boolean first = true;
        for (Tensor output : outputs) {
            RequestedOutput wanted = find(requested, output.name());
            if (wanted == null && !requested.isEmpty()) {
                continue;
            }
            json.raw(first ? "" : ",");
            first = false;
            writeHead(json, output);
            if (wanted != null && wanted.target() != null) {
                json.raw('}'); // its data has gone there
            } else {
                writeData(json, output, wanted == null ? binaryByDefault : wanted.binary(), binary);
            }
        }
        json.raw(']');
    }

    private static @Nullable RequestedOutput find(List<RequestedOutput> requested, String name) {
        for (RequestedOutput output : requested) {
            if (output.name().equals(name)) {
                return output;
            }
        }
        return null;
    }

    private static void writeHead(JsonWriter json, Tensor output) throws InferenceException {
        json.raw("{\"name\":");
        json.string(output.name());
        json.raw(",\"datatype\":\"");
        json.raw(output.dataType().name());
        json.raw("\",\"shape\":[");
        writeShape(json, output.shape());
        json.raw(']');
    }

    private static void writeData(JsonWriter json, Tensor output, boolean asBinary, List<MemorySegment> binary)
            throws InferenceException {
        if (asBinary) {
            json.raw(",\"parameters\":{\"binary_data_size\":");
            json.signed(output.byteSize());
            json.raw("}}");
            if (output.byteSize() > 0) {
                binary.add(output.data());
            }
        } else {
            json.raw(",\"data\":[");
            new TensorDataWriter(json).write(output);
            json.raw("]}");
        }
    }

    private static void writeShape(JsonWriter json, Shape shape) throws InferenceException {
        for (int i = 0; i < shape.rank(); i++) {
            json.raw(i == 0 ? "" : ",");
            json.signed(shape.dim(i));
        }
    }
}
