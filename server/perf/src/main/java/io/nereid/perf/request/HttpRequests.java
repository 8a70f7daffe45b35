package io.nereid.perf.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.perf.client.SequenceStep;
import io.nereid.perf.input.InputTensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes requests for HTTP/1.1.
 *
 * @param host the server as the user names it
 * @param path of the model's {@code infer}
 * @param headers beside those that a request needs, each with its line end
 * @param inputs how tensors of requests are written
 * @param outputs how tensors of answers are to be written
 */
public record HttpRequests(String host, String path, String headers, TensorFormat inputs, TensorFormat outputs) {
    private static final JsonFactory JSON = new JsonFactory();
    /** What is before the sequence in the JSON of a request that has one. */
    private static final String SEQUENCE_BEGIN = "{\"parameters\":";

    /** The whole request with its head, in direct memory. */
    public ByteBuffer write(InferRequest request) {
        return write(request, json(request, false));
    }

    /** The same with room for the sequence that it will be of. */
    public SequenceStep writeStep(InferRequest request) {
        byte[] json = json(request, true);
        ByteBuffer bytes = write(request, json);
        int body = bytes.remaining() - json.length - Math.toIntExact(binaryBytes(request));
        return new SequenceStep(bytes, SequencePlaces.json(body + SEQUENCE_BEGIN.length()));
    }

    private ByteBuffer write(InferRequest request, byte[] json) {
        long binary = binaryBytes(request);
        String head = "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers
                + (binary > 0 || inputs == TensorFormat.BINARY ? "Content-Type: application/octet-stream\r\n"
                        + "Inference-Header-Content-Length: " + json.length + "\r\n"
                        : "Content-Type: application/json\r\n")
                + "Content-Length: " + (json.length + binary) + "\r\n\r\n";
        byte[] first = head.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer
                .allocateDirect(Math.toIntExact(Math.addExact(first.length + (long) json.length, binary)));
        bytes.put(first).put(json);
        request.inputs().stream().filter(this::isBinary).forEach(in -> bytes.put(in.tensor().bytes().duplicate()));
        return bytes.flip();
    }

    private long binaryBytes(InferRequest request) {
        return request.inputs().stream().filter(this::isBinary).mapToLong(in -> in.tensor().byteSize()).sum();
    }

    private boolean isBinary(RequestedInput input) {
        return inputs == TensorFormat.BINARY && input.range().isEmpty();
    }

    private byte[] json(InferRequest request, boolean ofSequence) {
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(document)) {
            json.writeStartObject();
            if (ofSequence) {
                json.writeFieldName("parameters");
                json.writeRawValue(SequencePlaces.JSON);
            }
            json.writeArrayFieldStart("inputs");
            for (RequestedInput input : request.inputs()) {
                writeInput(json, input);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("outputs");
            for (RequestedOutput output : request.outputs()) {
                writeOutput(json, output);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory has none
        }
        return document.toByteArray();
    }

    private void writeInput(JsonGenerator json, RequestedInput input) throws IOException {
        InputTensor tensor = input.tensor();
        json.writeStartObject();
        json.writeStringField("name", tensor.name());
        json.writeStringField("datatype", tensor.datatype().name());
        json.writeArrayFieldStart("shape");
        for (long size : tensor.shape()) {
            json.writeNumber(size);
        }
        json.writeEndArray();
        if (input.range().isPresent()) {
            json.writeObjectFieldStart("parameters");
            writeRange(json, input.range().get());
            json.writeEndObject();
        } else if (inputs == TensorFormat.BINARY) {
            json.writeObjectFieldStart("parameters");
            json.writeNumberField("binary_data_size", tensor.byteSize());
            json.writeEndObject();
        } else {
            json.writeFieldName("data");
            JsonTensor.write(json, tensor);
        }
        json.writeEndObject();
    }

    private void writeOutput(JsonGenerator json, RequestedOutput output) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", output.name());
        json.writeObjectFieldStart("parameters");
        if (output.range().isPresent()) {
            writeRange(json, output.range().get());
        } else if (outputs == TensorFormat.BINARY) {
            json.writeBooleanField("binary_data", true);
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeRange(JsonGenerator json, MemoryRange range) throws IOException {
        json.writeStringField("shared_memory_region", range.region());
        json.writeNumberField("shared_memory_byte_size", range.byteSize());
        if (range.offset() > 0) {
            json.writeNumberField("shared_memory_offset", range.offset());
        }
    }
}
