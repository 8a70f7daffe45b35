package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.ledger.Charge;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/**
 * Writes JSON to a {@link ByteBuf} in the layout that Triton's clients see: no white space, doubles always with a
 * point or an exponent. Allocates nothing per value; every method fails where the buffer must grow and may not.
 * Commas and brackets are the caller's. Not thread-safe; what was written is in the buffer after {@link #flush}.
 */
final class JsonWriter {
    private static final int LONGEST_TOKEN = 64;
    /** A little less than what an int counts: Java makes no byte buffer of exactly that. */
    private static final int LARGEST_BUFFER = Integer.MAX_VALUE - 4096;
    /** What a buffer has without a charge. */
    private static final int FREE_BYTES = 4 << 10;
    /** From this power of ten on, and from 10^-6 down, numbers are written with an exponent. */
    private static final int LONGEST_INTEGER = 21;
    private static final int LEAST_WITHOUT_EXPONENT = -6;
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] PAIRS = new byte[200];
    /** Powers of ten, but 0 in place of the first: zero has a digit too. */
    private static final long[] POWERS = new long[19];

    static {
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
        }
        long power = 1;
        for (int i = 1; i < POWERS.length; i++) {
            power *= 10;
            POWERS[i] = power;
        }
    }

    private final ByteBuf out;
    /** What the buffer takes is charged there as it grows; null for nowhere. */
    private final @Nullable Charge charge;
    private final byte[] pending = new byte[1024];
    private final ShortestDecimal shortest = new ShortestDecimal();
    private int used;

    /** A writer whose buffer nobody is charged with: for what the server itself has to say. */
    JsonWriter(ByteBuf out) {
        this(out, null);
    }

    /** @param charge takes what the buffer grows by, beyond a first few bytes, before it does */
    JsonWriter(ByteBuf out, @Nullable Charge charge) {
        this.out = out;
        this.charge = charge;
    }

    /** Hands everything written so far to the buffer. */
    void flush() throws InferenceException {
        if (out.writableBytes() < used) {
            grow();
        }
        out.writeBytes(pending, 0, used);
        used = 0;
    }

    /**
     * Doubles the buffer; left to itself it grows by 4 MB, and a long answer would be copied hundreds of times.
     *
     * @throws InferenceException INTERNAL if that would be more than a buffer can have, or what the charge throws
     */
    private void grow() throws InferenceException {
        long needed = (long) out.writerIndex() + used;
        if (needed > LARGEST_BUFFER) {
            throw new InferenceException(ErrorCode.INTERNAL, "the response has more than " + LARGEST_BUFFER
                    + " bytes of JSON; ask for binary data, for fewer outputs, or for shared memory");
        }
        int before = out.capacity();
        int after = (int) Math.min(Math.max(2L * before, needed), LARGEST_BUFFER);
        Charge charged = charge;
        if (charged != null && after > FREE_BYTES) {
            charged.add(after);
        }
        out.capacity(after);
        if (charged != null && before > FREE_BYTES) {
            charged.remove(before);
        }
    }

    private void reserve() throws InferenceException {
        if (used > pending.length - LONGEST_TOKEN) {
            flush();
        }
    }

    /** Writes one byte as it is. */
    void raw(int character) throws InferenceException {
        if (used == pending.length) {
            flush();
        }
        pending[used++] = (byte) character;
    }

    /** Writes ASCII text as it is. */
    @SuppressWarnings("deprecation") // the copy of low bytes is what is wanted of ASCII
    void raw(String ascii) throws InferenceException {
        for (int from = 0; from < ascii.length(); from += LONGEST_TOKEN) {
            reserve();
            int to = Math.min(ascii.length(), from + LONGEST_TOKEN);
            ascii.getBytes(from, to, pending, used);
            used += to - from;
        }
    }

    /** Writes a string in quotes, with the escapes it needs; half a surrogate pair becomes a question mark. */
    void string(String text) throws InferenceException {
        raw('"');
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte next : bytes) {
            stringByte(next);
        }
        raw('"');
    }

    /**
     * Writes one byte of the inside of a string, escaped where it has to be; well-formed UTF-8 is the caller's
     * matter.
     */
    void stringByte(byte next) throws InferenceException {
        if ((next >= 0 && next < ' ') || next == '"' || next == '\\') {
            escape(next);
        } else {
            raw(next);
        }
    }

    private void escape(byte next) throws InferenceException {
        raw('\\');
        switch (next) {
            case '"', '\\' -> raw(next);
            case '\b' -> raw('b');
            case '\f' -> raw('f');
            case '\n' -> raw('n');
            case '\r' -> raw('r');
            case '\t' -> raw('t');
            default -> {
                raw("u00");
                raw(HEX[next >> 4]);
                raw(HEX[next & 0xF]);
            }
        }
    }

    /** Writes true or false. */
    void bool(boolean value) throws InferenceException {
        raw(value ? "true" : "false");
    }

    /** Writes a signed integer. */
    void signed(long value) throws InferenceException {
        reserve();
        if (value < 0) {
            pending[used++] = '-';
            unsignedDigits(-value);
        } else {
            unsignedDigits(value);
        }
    }

    /** Writes the 64 bits as an unsigned integer. */
    void unsigned(long value) throws InferenceException {
        reserve();
        unsignedDigits(value);
    }

    private void unsignedDigits(long value) {
        if (value < 0) {
            // the minimum of a signed long comes here too: its bits are its magnitude
            long tens = Long.divideUnsigned(value, 10);
            int length = digitCount(tens);
            putDigits(tens, used + length);
            pending[used + length] = (byte) ('0' + (value - tens * 10));
            used += length + 1;
        } else {
            int length = digitCount(value);
            putDigits(value, used + length);
            used += length;
        }
    }

    /** Writes a double, or one of the literals NaN, Infinity and -Infinity. */
    void number(double value) throws InferenceException {
        reserve();
        if (Double.isNaN(value)) {
            raw("NaN");
            return;
        }
        if (Double.doubleToRawLongBits(value) < 0) {
            pending[used++] = '-';
        }
        double magnitude = Math.abs(value);
        if (magnitude == 0) {
            raw("0.0");
        } else if (magnitude == Double.POSITIVE_INFINITY) {
            raw("Infinity");
        } else {
            shortest.convert(magnitude);
            layOut(shortest.digits(), shortest.exponent());
        }
    }

    private void layOut(long digits, int exponent) {
        int length = digitCount(digits);
        int point = length + exponent;
        if (exponent >= 0 && point <= LONGEST_INTEGER) {
            putDigits(digits, used + length);
            used += length;
            zeros(exponent);
            pending[used++] = '.';
            pending[used++] = '0';
        } else if (point > 0 && point <= LONGEST_INTEGER) {
            pointed(digits, length, point);
        } else if (point > LEAST_WITHOUT_EXPONENT && point <= 0) {
            pending[used++] = '0';
            pending[used++] = '.';
            zeros(-point);
            putDigits(digits, used + length);
            used += length;
        } else {
            pointed(digits, length, 1);
            pending[used++] = 'e';
            exponent(point - 1);
        }
    }

    /** Writes the digits with a point behind the first {@code before} of them, if there are more. */
    private void pointed(long digits, int length, int before) {
        if (length == before) {
            putDigits(digits, used + length);
            used += length;
            return;
        }
        putDigits(digits, used + 1 + length);
        System.arraycopy(pending, used + 1, pending, used, before);
        pending[used + before] = '.';
        used += length + 1;
    }

    private void exponent(int value) {
        if (value < 0) {
            pending[used++] = '-';
        }
        unsignedDigits(Math.abs(value));
    }

    private void zeros(int count) {
        for (int i = 0; i < count; i++) {
            pending[used++] = '0';
        }
    }

    /** Puts the decimal digits of a number that is not negative in front of index {@code end}. */
    private void putDigits(long value, int end) {
        long rest = value;
        int at = end;
        while (rest >= 100) {
            long hundreds = rest / 100;
            int pair = (int) (rest - hundreds * 100) * 2;
            pending[--at] = PAIRS[pair + 1];
            pending[--at] = PAIRS[pair];
            rest = hundreds;
        }
        pending[--at] = PAIRS[(int) rest * 2 + 1];
        if (rest >= 10) {
            pending[--at] = PAIRS[(int) rest * 2];
        }
    }

    /** How many decimal digits a number has that is not negative. */
    private static int digitCount(long value) {
        // log10 from the bit length, corrected where the power of ten lies within it
        int guess = ((64 - Long.numberOfLeadingZeros(value | 1)) * 1233) >> 12;
        return guess + (value >= POWERS[guess] ? 1 : 0);
    }
}
