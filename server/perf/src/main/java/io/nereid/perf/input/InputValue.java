package io.nereid.perf.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The value of one input in a JSON file: a list of elements, {@code {"content": [...], "shape": [...]}}, or with the
 * bytes in base64 {@code {"b64": "..."}} and {@code {"content": {"b64": "..."}, "shape": [...]}}.
 */
final class InputValue {
    private final JsonParser parser;
    private final ModelTensor input;
    private Optional<ByteBuffer> bytes = Optional.empty();
    private long elements;
    private Optional<List<Long>> shape = Optional.empty();

    /** At the first token of the value. */
    InputValue(JsonParser parser, ModelTensor input) {
        this.parser = parser;
        this.input = input;
    }

    /** Reads to the last token of the value. */
    InputTensor read() throws IOException, InputException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            members();
        } else {
            content();
        }
        ByteBuffer data = bytes.orElseThrow(() -> wrong("an object without content and b64"));
        ModelTensor shaped = shape.isPresent() ? InputShapes.withShape(input, shape.get()) : input;
        if (input.datatype() == Datatype.BYTES && elements < 0) {
            data = texts(data, shaped);
        }
        shaped = InputShapes.withElements(shaped, elements);
        return new InputTensor(input.name(), input.datatype(), shaped.shape(), data);
    }

    private void members() throws IOException, InputException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "content" -> content();
                case "b64" -> base64();
                case "shape" -> shape = Optional.of(dims());
                default -> parser.skipChildren();
            }
        }
    }

    private void content() throws IOException, InputException {
        switch (parser.currentToken()) {
            case START_ARRAY -> list();
            case START_OBJECT -> members();
            default -> throw wrong(parser.getText());
        }
    }

    private void list() throws IOException, InputException {
        ElementWriter writer = new ElementWriter(input, 64);
        for (int depth = 1; depth > 0;) {
            switch (parser.nextToken()) {
                case START_ARRAY -> depth++;
                case END_ARRAY -> depth--;
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> writer.number(parser.getText());
                case VALUE_TRUE, VALUE_FALSE -> writer.truth(parser.getBooleanValue());
                case VALUE_STRING -> writer.text(parser.getText());
                case null, default -> throw wrong("an element that is neither number nor text");
            }
        }
        elements = writer.elements();
        bytes = Optional.of(writer.bytes());
    }

    private List<Long> dims() throws IOException, InputException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("a shape that is no list");
        }
        List<Long> dims = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw wrong("a shape of something else than whole numbers");
            }
            dims.add(parser.getLongValue());
        }
        return dims;
    }

    private void base64() throws IOException, InputException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong("a b64 that is no text");
        }
        ByteBuffer data = ByteBuffer.wrap(parser.getBinaryValue());
        int size = input.datatype().byteSize();
        if (size > 0 && data.remaining() % size != 0) {
            throw wrong(data.remaining() + " bytes, which is no whole number of elements");
        }
        elements = size > 0 ? data.remaining() / size : -1;
        bytes = Optional.of(data);
    }

    /** Elements of type BYTES, each with its length before it; or the bytes of the only element. */
    private ByteBuffer texts(ByteBuffer data, ModelTensor shaped) throws InputException {
        elements = countTexts(data);
        boolean one = shaped.shape().stream().allMatch(dim -> dim == 1 || dim == ModelTensor.ANY);
        if (elements >= 0 && !(one && elements != 1)) {
            return data;
        }
        if (!one) {
            throw wrong("bytes that are no elements, each with its length in 4 bytes before it");
        }
        elements = 1;
        ElementWriter writer = new ElementWriter(input, data.remaining() + Integer.BYTES);
        byte[] value = new byte[data.remaining()];
        data.duplicate().get(value);
        writer.element(value);
        return writer.bytes();
    }

    /** How many elements the bytes are, or -1 where their lengths do not add up. */
    private static long countTexts(ByteBuffer data) {
        ByteBuffer rest = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long count = 0;
        while (rest.remaining() >= Integer.BYTES) {
            int length = rest.getInt();
            if (length < 0 || length > rest.remaining()) {
                return -1;
            }
            rest.position(rest.position() + length);
            count++;
        }
        return rest.hasRemaining() ? -1 : count;
    }

    private InputException wrong(String got) {
        return new InputException("line " + parser.currentLocation().getLineNr() + ": input " + input.name() + ": got "
                + got + " (expected a list of elements, {\"content\": [...], \"shape\": [...]} or {\"b64\": \"...\"})");
    }
}
