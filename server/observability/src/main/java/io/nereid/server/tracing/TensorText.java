package io.nereid.server.tracing;

import io.nereid.inference.DataType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the elements of tensors the way trace files have them: separated by commas, text between quotation marks.
 */
final class TensorText {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorText() {}

    /** The elements that were copied, and three points where there are more. */
    static String data(TensorCopy tensor) {
        StringBuilder text = new StringBuilder();
        elements(tensor, text);
        if (tensor.isCut()) {
            separate(text);
            text.append("...");
        }
        return text.toString();
    }

    private static void elements(TensorCopy tensor, StringBuilder text) {
        MemorySegment data = tensor.data();
        if (tensor.dataType() == DataType.BYTES) {
            strings(data, text);
            return;
        }
        int size = tensor.dataType().byteSize();
        for (long at = 0; at + size <= data.byteSize(); at += size) {
            separate(text);
            element(tensor.dataType(), data, at, text);
        }
    }

    private static void strings(MemorySegment data, StringBuilder text) {
        long at = 0;
        while (at + Integer.BYTES <= data.byteSize()) {
            long length = Integer.toUnsignedLong(data.get(INT, at));
            long end = Math.min(at + Integer.BYTES + length, data.byteSize());
            byte[] bytes = data.asSlice(at + Integer.BYTES, end - at - Integer.BYTES).toArray(ValueLayout.JAVA_BYTE);
            separate(text);
            text.append('"').append(new String(bytes, StandardCharsets.UTF_8)).append('"');
            at = end;
        }
    }

    private static void separate(StringBuilder text) {
        if (!text.isEmpty()) {
            text.append(',');
        }
    }

    private static void element(DataType type, MemorySegment data, long at, StringBuilder text) {
        switch (type) {
            case BOOL, UINT8 -> text.append(data.get(ValueLayout.JAVA_BYTE, at) & 0xff);
            case INT8 -> text.append(data.get(ValueLayout.JAVA_BYTE, at));
            case UINT16 -> text.append(data.get(SHORT, at) & 0xffff);
            case INT16 -> text.append(data.get(SHORT, at));
            case UINT32 -> text.append(Integer.toUnsignedString(data.get(INT, at)));
            case INT32 -> text.append(data.get(INT, at));
            case UINT64 -> text.append(Long.toUnsignedString(data.get(LONG, at)));
            case INT64 -> text.append(data.get(LONG, at));
            case FP16 -> text.append(Float.float16ToFloat(data.get(SHORT, at)));
            case BF16 -> text.append(Float.intBitsToFloat(data.get(SHORT, at) << 16));
            case FP32 -> text.append(Float.intBitsToFloat(data.get(INT, at)));
            case FP64 -> text.append(Double.longBitsToDouble(data.get(LONG, at)));
            case BYTES -> throw new IllegalArgumentException("BYTES have no fixed size");
        }
    }
}
