package io.nereid.server.console.calls;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.TensorSpec;

import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;

/**
 * An input of an example: a tensor of the least shape that fits, filled with zeros or a short text.
 *
 * @param name the input's name
 * @param dataType its element type
 * @param shape its dimensions, with one row where the model batches and one element where any number fits
 */
record ExampleInput(String name, DataType dataType, Shape shape) {
    /** What a reader takes in at a glance; longer ones are sent as bytes. */
    private static final int MOST_IN_JSON = 32;
    private static final long MOST = Long.MAX_VALUE / Long.BYTES;
    private static final String TEXT = "text";
    /** The length that stands in front of each text. */
    private static final int LENGTH_BYTES = 4;

    static ExampleInput of(TensorSpec spec) {
        long[] dims = Arrays.stream(spec.shape().toArray()).map(dim -> Math.max(1, dim)).toArray();
        return new ExampleInput(spec.name(), spec.dataType(), Shape.of(dims));
    }

    /** How many; of a shape that no machine holds, as many as can be counted. */
    long elements() {
        return Arrays.stream(shape.toArray()).reduce(1, (left, right) -> left > MOST / right ? MOST : left * right);
    }

    /** Whether it cannot be JSON, as the protocol has none of its type, or is too long for it. */
    boolean isBinary() {
        return dataType == DataType.FP16 || dataType == DataType.BF16 || elements() > MOST_IN_JSON;
    }

    /** Bytes of it where it is sent as zeros: texts are empty then. */
    long binaryBytes() {
        return elements() * (dataType == DataType.BYTES ? LENGTH_BYTES : dataType.byteSize());
    }

    /** As an input of a request: what belongs into its JSON. */
    String json() {
        String content = isBinary() ? "\"parameters\":{\"binary_data_size\":" + binaryBytes() + "}"
                : "\"data\":" + data();
        return "{\"name\":" + Texts.inJson(name) + ",\"datatype\":\"" + dataType + "\",\"shape\":" + dims() + ","
                + content + "}";
    }

    /** Its elements as a flat list of JSON. */
    String data() {
        String element = switch (dataType) {
            case BOOL -> "false";
            case FP16, BF16, FP32, FP64 -> "0.0";
            case BYTES -> Texts.inJson(TEXT);
            default -> "0";
        };
        return Collections.nCopies((int) elements(), element).stream().collect(Collectors.joining(",", "[", "]"));
    }

    /** Its shape as a list of JSON, which is one of Python too. */
    String dims() {
        return Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }

    /** An array of NumPy like it. */
    String numpy() {
        return dataType == DataType.BYTES ? "np.full(" + dims() + ", b\"" + TEXT + "\", dtype=np.object_)"
                : "np.zeros(" + dims() + ", dtype=np." + numpyType() + ")";
    }

    private String numpyType() {
        return switch (dataType) {
            case BOOL -> "bool_";
            case UINT8 -> "uint8";
            case UINT16 -> "uint16";
            case UINT32 -> "uint32";
            case UINT64 -> "uint64";
            case INT8 -> "int8";
            case INT16 -> "int16";
            case INT32 -> "int32";
            case INT64 -> "int64";
            case FP16 -> "float16";
            case FP32, BF16 -> "float32"; // the client makes BF16 of it
            case FP64 -> "float64";
            case BYTES -> "object_";
        };
    }
}
