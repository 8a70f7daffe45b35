package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.server.http.codec.FlatShape;
import io.nereid.server.http.codec.JsonScanner;
import io.nereid.server.http.codec.RequestMemory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The inputs of one request, made one after the other in its memory; rows that are more than the model takes at once
 * are the inputs of several. Not thread-safe.
 */
final class ModelInputs {
    /** The input of the prompt. */
    static final String TEXT = "text_input";

    private final ModelSignature model;
    private final RequestMemory memory;
    private final List<Tensor> tensors = new ArrayList<>();
    private @Nullable InputRows rows;

    ModelInputs(ModelSignature model, RequestMemory memory) {
        this.model = model;
        this.memory = memory;
    }

    /** Those of the first request. */
    List<Tensor> tensors() {
        InputRows several = rows;
        return several == null ? tensors
                : Stream.concat(tensors.stream(), several.tensors().stream().limit(1)).toList();
    }

    /** Those of the requests behind the first. */
    List<List<Tensor>> furtherParts() {
        InputRows several = rows;
        return several == null ? List.of()
                : several.tensors().stream().skip(1)
                        .map(more -> Stream.concat(tensors.stream(), Stream.of(more)).toList()).toList();
    }

    /** Whether the model has an input of that name. */
    boolean has(String name) {
        return model.input(name) != null;
    }

    /** Whether the model has one for texts. */
    boolean hasText(String name) {
        TensorSpec input = model.input(name);
        return input != null && input.dataType() == DataType.BYTES;
    }

    /** Whether requests have to have that input. */
    boolean requires(String name) {
        TensorSpec input = model.input(name);
        return input != null && !input.optional();
    }

    private TensorSpec input(String name) throws InferenceException {
        TensorSpec input = model.input(name);
        if (input == null) {
            throw OpenAiRequest.invalid("model '" + model.model() + "' has no input '" + name + "'");
        }
        return input;
    }

    /** A boolean. */
    void flag(String name, boolean value) throws InferenceException {
        TensorSpec input = input(name);
        if (input.dataType() != DataType.BOOL) {
            throw unexpected(input, "TYPE_BOOL");
        }
        add(input, 1).set(ValueLayout.JAVA_BYTE, 0, (byte) (value ? 1 : 0));
    }

    /** A number, in the datatype that the model has for it. */
    void number(String name, double real, long integer) throws InferenceException {
        TensorSpec input = input(name);
        switch (input.dataType()) {
            case FP32 -> add(input, Float.BYTES).set(ElementLayout.FLOAT, 0, (float) real);
            case FP64 -> add(input, Double.BYTES).set(ElementLayout.DOUBLE, 0, real);
            case INT64, UINT64 -> add(input, Long.BYTES).set(ElementLayout.LONG, 0, integer);
            case INT32 -> add(input, Integer.BYTES).set(ElementLayout.INT, 0,
                    (int) within(name, integer, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> add(input, Integer.BYTES).set(ElementLayout.INT, 0,
                    (int) within(name, integer, 0, 0xFFFF_FFFFL));
            default -> throw unexpected(input, "TYPE_FP32, TYPE_FP64 or an integer of 32 or 64 bits");
        }
    }

    private static long within(String name, long value, long min, long max) throws InferenceException {
        if (value < min || value > max) {
            throw OpenAiRequest.invalid(name + ": got " + value + " (expected " + min + " to " + max + ")");
        }
        return value;
    }

    /** One text: those bytes. */
    void text(String name, MemorySegment utf8) throws InferenceException {
        MemorySegment element = text(name, utf8.byteSize());
        element.copyFrom(utf8);
    }

    /** One text of that many bytes, to be filled in. */
    MemorySegment text(String name, long bytes) throws InferenceException {
        TensorSpec input = textInput(name);
        if (bytes > Integer.MAX_VALUE) {
            throw OpenAiRequest.invalid("input '" + name + "' of model '" + model.model() + "': got a text of " + bytes
                    + " bytes (expected at most " + Integer.MAX_VALUE + ")");
        }
        MemorySegment data = add(input, Integer.BYTES + bytes);
        data.set(ElementLayout.INT, 0, (int) bytes);
        return data.asSlice(Integer.BYTES);
    }

    /**
     * Texts in one row: the string that comes next, or the array of strings.
     *
     * @param expected the error where something else comes
     */
    void texts(String name, JsonScanner scanner, InferenceException expected) throws InferenceException {
        TensorSpec input = textInput(name);
        long start = scanner.position();
        Texts found = Texts.read(scanner, null, expected);
        TensorBuffer buffer = memory.allocate(found.bytes());
        scanner.resume(start);
        Texts.read(scanner, buffer.segment(), expected);
        tensors.add(new Tensor(name, DataType.BYTES, FlatShape.of(input, found.count()), buffer.data()));
    }

    /** The input whose rows are what the client has sent; at most one. */
    InputRows rows(String name) throws InferenceException {
        InputRows made = new InputRows(model, input(name), memory);
        rows = made;
        return made;
    }

    /** Takes the elements of a tensor. */
    @FunctionalInterface
    interface IntegerTarget {
        /**
         * Takes one.
         *
         * @throws InferenceException INVALID_ARG if the tensor has no such number
         */
        void set(long index, long value) throws InferenceException;

        /** That memory as elements of an input of TYPE_INT64 or TYPE_INT32. */
        static IntegerTarget of(TensorSpec input, MemorySegment data) {
            return input.dataType() == DataType.INT64
                    ? (index, value) -> data.set(ElementLayout.LONG, index * Long.BYTES, value)
                    : (index, value) -> data.set(ElementLayout.INT, index * Integer.BYTES,
                            (int) within(input.name(), value, Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
    }

    private TensorSpec textInput(String name) throws InferenceException {
        TensorSpec input = input(name);
        if (input.dataType() != DataType.BYTES) {
            throw unexpected(input, "TYPE_STRING");
        }
        return input;
    }

    private MemorySegment add(TensorSpec input, long bytes) throws InferenceException {
        TensorBuffer buffer = memory.allocate(bytes);
        tensors.add(new Tensor(input.name(), input.dataType(), FlatShape.of(input, 1), buffer.data()));
        return buffer.segment();
    }

    private InferenceException unexpected(TensorSpec input, String expected) {
        return OpenAiRequest.invalid("input '" + input.name() + "' of model '" + model.model() + "' has data type "
                + input.dataType() + " (expected " + expected + ")");
    }
}
