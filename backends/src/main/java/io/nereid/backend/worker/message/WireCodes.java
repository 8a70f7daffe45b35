package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;

/** The numbers of data types, as Triton counts them, and of error codes. */
final class WireCodes {
    private WireCodes() {}

    static int of(DataType type) {
        return switch (type) {
            case BOOL -> 1;
            case UINT8 -> 2;
            case UINT16 -> 3;
            case UINT32 -> 4;
            case UINT64 -> 5;
            case INT8 -> 6;
            case INT16 -> 7;
            case INT32 -> 8;
            case INT64 -> 9;
            case FP16 -> 10;
            case FP32 -> 11;
            case FP64 -> 12;
            case BYTES -> 13;
            case BF16 -> 14;
        };
    }

    static DataType dataType(int code) throws MalformedFrameException {
        return switch (code) {
            case 1 -> DataType.BOOL;
            case 2 -> DataType.UINT8;
            case 3 -> DataType.UINT16;
            case 4 -> DataType.UINT32;
            case 5 -> DataType.UINT64;
            case 6 -> DataType.INT8;
            case 7 -> DataType.INT16;
            case 8 -> DataType.INT32;
            case 9 -> DataType.INT64;
            case 10 -> DataType.FP16;
            case 11 -> DataType.FP32;
            case 12 -> DataType.FP64;
            case 13 -> DataType.BYTES;
            case 14 -> DataType.BF16;
            default -> throw new MalformedFrameException("data type " + code);
        };
    }

    static int of(ErrorCode code) {
        return switch (code) {
            case UNKNOWN -> 0;
            case INTERNAL -> 1;
            case NOT_FOUND -> 2;
            case INVALID_ARG -> 3;
            case UNAVAILABLE -> 4;
            case UNSUPPORTED -> 5;
            case ALREADY_EXISTS -> 6;
            case CANCELLED -> 7;
        };
    }

    static ErrorCode errorCode(int code) throws MalformedFrameException {
        return switch (code) {
            case 0 -> ErrorCode.UNKNOWN;
            case 1 -> ErrorCode.INTERNAL;
            case 2 -> ErrorCode.NOT_FOUND;
            case 3 -> ErrorCode.INVALID_ARG;
            case 4 -> ErrorCode.UNAVAILABLE;
            case 5 -> ErrorCode.UNSUPPORTED;
            case 6 -> ErrorCode.ALREADY_EXISTS;
            case 7 -> ErrorCode.CANCELLED;
            default -> throw new MalformedFrameException("error code " + code);
        };
    }
}
