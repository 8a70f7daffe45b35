package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import org.jspecify.annotations.Nullable;

/** ONNX's numbers for element types, and the data types they stand for. */
final class ElementType {
    static final int STRING = 8;

    /** By ONNX's number; null where the protocol has no such type (undefined, complex, 4- and 8-bit floats). */
    private static final @Nullable DataType[] DATA_TYPES = {null, DataType.FP32, DataType.UINT8, DataType.INT8,
            DataType.UINT16, DataType.INT16, DataType.INT32, DataType.INT64, DataType.BYTES, DataType.BOOL,
            DataType.FP16, DataType.FP64, DataType.UINT32, DataType.UINT64, null, null, DataType.BF16};

    private ElementType() {}

    /** The data type of that number, or null where there is none. */
    static @Nullable DataType dataType(int elementType) {
        return elementType >= 0 && elementType < DATA_TYPES.length ? DATA_TYPES[elementType] : null;
    }

    /** ONNX's number for a data type. */
    static int of(DataType dataType) {
        return switch (dataType) {
            case FP32 -> 1;
            case UINT8 -> 2;
            case INT8 -> 3;
            case UINT16 -> 4;
            case INT16 -> 5;
            case INT32 -> 6;
            case INT64 -> 7;
            case BYTES -> STRING;
            case BOOL -> 9;
            case FP16 -> 10;
            case FP64 -> 11;
            case UINT32 -> 12;
            case UINT64 -> 13;
            case BF16 -> 16;
        };
    }
}
