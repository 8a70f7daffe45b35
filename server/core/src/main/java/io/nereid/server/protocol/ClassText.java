package io.nereid.server.protocol;

import io.nereid.inference.DataType;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;

import static io.nereid.inference.ElementLayout.DOUBLE;
import static io.nereid.inference.ElementLayout.FLOAT;
import static io.nereid.inference.ElementLayout.INT;
import static io.nereid.inference.ElementLayout.LONG;
import static io.nereid.inference.ElementLayout.SHORT;

/**
 * The elements of a BYTES tensor of classes, as they are added: {@code value:index[:label]}, the value as C++ prints
 * it, floating-point numbers with six decimals. Not thread-safe.
 */
final class ClassText {
    private static final int DECIMALS = 6;

    private final List<String> labels;
    private final ByteArrayOutputStream elements = new ByteArrayOutputStream(256);

    ClassText(List<String> labels) {
        this.labels = labels;
    }

    /** Adds the element of that index of a row. */
    void add(DataType type, MemorySegment row, int index) {
        String label = index < labels.size() ? labels.get(index) : "";
        String text = value(type, row, index) + ":" + index + (label.isEmpty() ? "" : ":" + label);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            elements.write(bytes.length >>> shift);
        }
        elements.writeBytes(bytes);
    }

    /** Bytes of all elements so far, their lengths included. */
    long byteSize() {
        return elements.size();
    }

    /** Copies all elements to {@code tensor}, which is exactly as large. */
    void copyTo(MemorySegment tensor) {
        MemorySegment.copy(elements.toByteArray(), 0, tensor, ValueLayout.JAVA_BYTE, 0, elements.size());
    }

    private static String value(DataType type, MemorySegment row, long i) {
        return switch (type) {
            case INT8 -> Byte.toString(row.get(ValueLayout.JAVA_BYTE, i));
            case INT16 -> Short.toString(row.get(SHORT, i * Short.BYTES));
            case INT32 -> Integer.toString(row.get(INT, i * Integer.BYTES));
            case INT64 -> Long.toString(row.get(LONG, i * Long.BYTES));
            case UINT8 -> Integer.toString(row.get(ValueLayout.JAVA_BYTE, i) & 0xFF);
            case UINT16 -> Integer.toString(row.get(SHORT, i * Short.BYTES) & 0xFFFF);
            case UINT32 -> Integer.toUnsignedString(row.get(INT, i * Integer.BYTES));
            case UINT64 -> Long.toUnsignedString(row.get(LONG, i * Long.BYTES));
            case FP32 -> sixDecimals(row.get(FLOAT, i * Float.BYTES));
            case FP64 -> sixDecimals(row.get(DOUBLE, i * Double.BYTES));
            case BOOL, FP16, BF16, BYTES -> throw new IllegalStateException(type + " has no class text");
        };
    }

    /**
     * The value as {@code printf("%f")} prints it: its exact decimal expansion, rounded to nearest and ties to even.
     */
    static String sixDecimals(double value) {
        boolean negative = Double.doubleToRawLongBits(value) < 0;
        String sign = negative ? "-" : "";
        if (Double.isNaN(value)) {
            return sign + "nan";
        }
        if (Double.isInfinite(value)) {
            return sign + "inf";
        }
        return sign + new BigDecimal(Math.abs(value)).setScale(DECIMALS, RoundingMode.HALF_EVEN).toPlainString();
    }
}
