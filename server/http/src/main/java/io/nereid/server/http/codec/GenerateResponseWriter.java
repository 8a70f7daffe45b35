package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Charge;
import io.netty.buffer.ByteBuf;

import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the answer to a generate request: a flat object of the model's name and version, the request's id,
 * parameters and outputs, its keys sorted. Where two have the same name, the earlier of that list is written.
 * Thread-safe: it keeps nothing between responses.
 */
public final class GenerateResponseWriter {

    /**
     * Writes the response to {@code out}; it stays the caller's.
     *
     * @param charge takes what the JSON takes, before it is allocated
     * @throws InferenceException INTERNAL if an output's data is not what its shape says; INVALID_ARG if a BYTES
     *             output is no text. Nothing is left in {@code out} then
     */
    public void write(ResponseInfo model, InferenceResponse response, ByteBuf out, Charge charge)
            throws InferenceException {
        int start = out.writerIndex();
        JsonWriter json = new JsonWriter(out, charge);
        try {
            json.raw('{');
            boolean first = true;
            for (var member : membersOf(model, response).entrySet()) {
                json.raw(first ? "" : ",");
                first = false;
                json.string(member.getKey());
                json.raw(':');
                member.getValue().write(json);
            }
            json.raw('}');
            json.flush();
        } catch (InferenceException e) {
            out.writerIndex(start);
            throw e;
        }
    }

    private static Map<String, MemberValue> membersOf(ResponseInfo model, InferenceResponse response) {
        TreeMap<String, MemberValue> members = new TreeMap<>();
        members.put("model_name", json -> json.string(model.modelName()));
        members.put("model_version", json -> json.string(model.modelVersion()));
        if (!model.requestId().isEmpty()) {
            members.put("id", json -> json.string(model.requestId()));
        }
        for (var parameter : response.parameters().entrySet()) {
            ParameterValue value = parameter.getValue();
            members.putIfAbsent(parameter.getKey(), json -> InferResponseWriter.writeParameter(json, value));
        }
        for (Tensor output : response.outputs()) {
            members.putIfAbsent(output.name(), json -> writeTensor(json, output));
        }
        return members;
    }

    /** A single element stands for itself, more or none in an array. */
    private static void writeTensor(JsonWriter json, Tensor output) throws InferenceException {
        boolean single = output.shape().elementCount() == 1;
        json.raw(single ? "" : "[");
        new TensorDataWriter(json).write(output);
        json.raw(single ? "" : "]");
    }

    /** Writes the value of one member. */
    @FunctionalInterface
    private interface MemberValue {
        void write(JsonWriter json) throws InferenceException;
    }
}
