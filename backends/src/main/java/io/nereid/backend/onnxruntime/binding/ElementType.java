package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime's numbers for element types, their names, and the data types they stand for. */
final class ElementType {
    static final int STRING = 8;

    /** By number; null where the protocol has no such type (undefined, complex, 4- and 8-bit floats). */
    private static final @Nullable DataType[] DATA_TYPES = {null, DataType.FP32, DataType.UINT8, DataType.INT8,
            DataType.UINT16, DataType.INT16, DataType.INT32, DataType.INT64, DataType.BYTES, DataType.BOOL,
            DataType.FP16, DataType.FP64, DataType.UINT32, DataType.UINT64, null, null, DataType.BF16};

    /** ONNX's names, by number. */
    private static final String[] NAMES = {"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64",
            "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
            "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1", "UINT2",
            "INT2", "FLOAT8E8M0"};

    private ElementType() {}

    /** ONNX's name of the type of that number; of one that is newer than this class, what there is to say of it. */
    static String name(int elementType) {
        return elementType >= 0 && elementType < NAMES.length ? NAMES[elementType]
                : "number " + elementType + " of ONNX Runtime's element types";
    }

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
