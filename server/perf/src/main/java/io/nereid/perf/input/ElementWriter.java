package io.nereid.perf.input;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes elements of one tensor, little-endian, and counts them. Not thread-safe. */
final class ElementWriter {
    private static final BigInteger LARGEST_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final String tensor;
    private final Datatype datatype;
    private final ByteArrayOutputStream bytes;
    private long elements;

    /**
     * Of that input.
     *
     * @param expectedBytes how many there will be, roughly
     */
    ElementWriter(ModelTensor input, int expectedBytes) {
        this.tensor = input.name();
        this.datatype = input.datatype();
        this.bytes = new ByteArrayOutputStream(Math.max(expectedBytes, 16));
    }

    long elements() {
        return elements;
    }

    ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    /** Adds a number as it stands in a JSON file, also NaN and Infinity. */
    void number(String text) throws InputException {
        switch (datatype) {
            case FP32 -> real(single(text));
            case FP16, BF16, FP64 -> real(parsed(text));
            case BOOL -> whole(integer(text, BigInteger.ZERO, BigInteger.ONE));
            case BYTES -> throw wrong(text, "a text");
            default -> whole(integer(text, least(), largest()));
        }
    }

    /** Adds a number to a tensor of a floating-point type. */
    void real(double value) {
        switch (datatype) {
            case FP16 -> little(Float.floatToFloat16((float) value), 2);
            case BF16 -> little(bfloat16((float) value), 2);
            case FP32 -> little(Float.floatToRawIntBits((float) value), 4);
            default -> little(Double.doubleToRawLongBits(value), 8);
        }
        elements++;
    }

    /** Adds a number to a tensor of whole numbers or of type BOOL, of which it keeps the lowest bits. */
    void whole(long value) {
        little(value, datatype.byteSize());
        elements++;
    }

    /** Adds true or false, of which other types make 1 and 0. */
    void truth(boolean value) throws InputException {
        number(value ? "1" : "0");
    }

    /** Adds an element of type BYTES. */
    void text(String text) throws InputException {
        if (datatype != Datatype.BYTES) {
            throw wrong('"' + text + '"', "a number");
        }
        element(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds an element of type BYTES. */
    void element(byte[] value) {
        little(value.length, Integer.BYTES);
        bytes.writeBytes(value);
        elements++;
    }

    private float single(String text) throws InputException {
        try {
            return Float.parseFloat(text);
        } catch (NumberFormatException _) {
            throw wrong(text, "a number");
        }
    }

    private double parsed(String text) throws InputException {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw wrong(text, "a number");
        }
    }

    private long integer(String text, BigInteger least, BigInteger largest) throws InputException {
        String expected = "a whole number from " + least + " to " + largest;
        if (text.length() > 40) {
            throw wrong(text.substring(0, 40) + "...", expected);
        }
        try {
            BigInteger value = new BigDecimal(text).toBigIntegerExact();
            if (value.compareTo(least) >= 0 && value.compareTo(largest) <= 0) {
                return value.longValue();
            }
        } catch (NumberFormatException | ArithmeticException _) {
            throw wrong(text, expected);
        }
        throw wrong(text, expected);
    }

    private BigInteger least() {
        return isUnsigned() ? BigInteger.ZERO : BigInteger.ONE.shiftLeft(datatype.byteSize() * 8 - 1).negate();
    }

    private BigInteger largest() {
        int bits = datatype.byteSize() * 8;
        return isUnsigned() ? LARGEST_UINT64.shiftRight(64 - bits) : LARGEST_UINT64.shiftRight(65 - bits);
    }

    private boolean isUnsigned() {
        return switch (datatype) {
            case UINT8, UINT16, UINT32, UINT64 -> true;
            default -> false;
        };
    }

    /** The upper half of a float's bits, rounded to the nearest, to even where two are as near; NaN stays NaN. */
    static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        int rounded = bits + 0x7fff + (bits >>> 16 & 1);
        return (short) (rounded >>> 16);
    }

    private void little(long value, int size) {
        for (int shift = 0; shift < size * 8; shift += 8) {
            bytes.write((int) (value >>> shift));
        }
    }

    private InputException wrong(String got, String expected) {
        return new InputException(
                "input " + tensor + ": got " + got + " (expected " + expected + ", the type is " + datatype + ")");
    }
}
