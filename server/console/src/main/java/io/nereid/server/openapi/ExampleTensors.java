package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * The inputs of the smallest request that a model answers: one row, every dimension of any size 1, zeros, a short text,
 * or the smallest of images.
 *
 * @param inputs {@link io.nereid.server.protocol.ModelSignature#smallestInputs}
 * @param images the names of those that take the file of an image
 */
record ExampleTensors(List<TensorSpec> inputs, Set<String> images) {
    /** More elements are no example that anybody reads, and slow in a browser. */
    private static final long MOST_ELEMENTS = 1024;
    private static final String TEXT = "text";
    /** A PNG of one pixel, in base64. */
    private static final String IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
            + "AABJRU5ErkJggg==";

    static ExampleTensors of(ModelDescription model) {
        return new ExampleTensors(model.signature().smallestInputs(), model.images());
    }

    /** Whether it can be written as JSON, and is short enough to be shown. */
    boolean isShown() {
        long elements = 0;
        for (TensorSpec input : inputs) {
            if (!TensorSchema.isJson(input.dataType())) {
                return false;
            }
            elements += Math.min(elements(input.shape()), MOST_ELEMENTS + 1);
        }
        return elements <= MOST_ELEMENTS;
    }

    /** Elements of a tensor of that shape where every dimension of any size is 1; the largest number if there are more. */
    static long elements(Shape shape) {
        long count = 1;
        for (long dim : shape.toArray()) {
            if (dim != Shape.ANY) {
                count = dim != 0 && count > Long.MAX_VALUE / dim ? Long.MAX_VALUE : count * dim;
            }
        }
        return count;
    }

    /** Writes the list of an inference request. */
    void writeInputs(JsonGenerator json) throws IOException {
        json.writeStartArray();
        for (TensorSpec input : inputs) {
            json.writeStartObject();
            json.writeStringField("name", input.name());
            long[] dims = input.shape().toArray();
            json.writeArrayFieldStart("shape");
            for (long dim : dims) {
                json.writeNumber(dim == Shape.ANY ? 1 : dim);
            }
            json.writeEndArray();
            json.writeStringField("datatype", input.dataType().name());
            json.writeFieldName("data");
            writeElements(json, input);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Writes an input's elements as an array. */
    void writeElements(JsonGenerator json, TensorSpec input) throws IOException {
        json.writeStartArray();
        for (long left = elements(input.shape()); left > 0; left--) {
            writeElement(json, input);
        }
        json.writeEndArray();
    }

    private void writeElement(JsonGenerator json, TensorSpec input) throws IOException {
        switch (input.dataType()) {
            case BOOL -> json.writeBoolean(false);
            case BYTES -> json.writeString(images.contains(input.name()) ? IMAGE : TEXT);
            case FP32, FP64 -> json.writeNumber(0.0);
            default -> json.writeNumber(0);
        }
    }
}
