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
public final class JsonWriter {
    private static final int LONGEST_TOKEN = 64;
    /** A little less than what an int counts: Java makes no byte buffer of exactly that. */
    private static final int LARGEST_BUFFER = Integer.MAX_VALUE - 4096;
    /** What a buffer has without a charge. */
    private static final int FREE_BYTES = 4 << 10;
    /** One part in so many is added to what is expected. */
    private static final int EXPECTED_SPARE = 16;
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.ISO_8859_1);

    private final ByteBuf out;
    /** What the buffer takes is charged there as it grows; null for nowhere. */
    private final @Nullable Charge charge;
    private final byte[] pending = new byte[1024];
    private final DoubleText doubles = new DoubleText();
    private int used;
    /** How long all of it will be, as far as is known. */
    private long expected;

    /** A writer whose buffer nobody is charged with: for what the server itself has to say. */
    public JsonWriter(ByteBuf out) {
        this(out, null);
    }

    /** @param charge takes what the buffer grows by, beyond a first few bytes, before it does */
    public JsonWriter(ByteBuf out, @Nullable Charge charge) {
        this.out = out;
        this.charge = charge;
    }

    /** Hands everything written so far to the buffer. */
    public void flush() throws InferenceException {
        if (out.writableBytes() < used) {
            grow();
        }
        out.writeBytes(pending, 0, used);
        used = 0;
    }

    /** Bytes in the buffer and still to be handed to it. */
    long length() {
        return (long) out.writerIndex() + used;
    }

    /** Says that about so many bytes will follow: the buffer grows for them at once. */
    public void expect(long more) {
        expected = length() + more + more / EXPECTED_SPARE;
    }

    /**
     * Makes the buffer as long as is expected, or twice as long; left to itself it grows by 4 MB, and a long answer would
     * be copied hundreds of times.
     *
     * @throws InferenceException INTERNAL if that would be more than a buffer can have, or what the charge throws
     */
    private void grow() throws InferenceException {
        long needed = length();
        if (needed > LARGEST_BUFFER) {
            throw new InferenceException(ErrorCode.INTERNAL, "the response has more than " + LARGEST_BUFFER
                    + " bytes of JSON; ask for binary data, for fewer outputs, or for shared memory");
        }
        int before = out.capacity();
        long wanted = expected > needed ? expected : Math.max(2L * before, needed);
        int after = (int) Math.min(wanted, LARGEST_BUFFER);
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
    public void raw(int character) throws InferenceException {
        if (used == pending.length) {
            flush();
        }
        pending[used++] = (byte) character;
    }

    /** Writes ASCII text as it is. */
    @SuppressWarnings("deprecation") // the copy of low bytes is what is wanted of ASCII
    public void raw(String ascii) throws InferenceException {
        for (int from = 0; from < ascii.length(); from += LONGEST_TOKEN) {
            reserve();
            int to = Math.min(ascii.length(), from + LONGEST_TOKEN);
            ascii.getBytes(from, to, pending, used);
            used += to - from;
        }
    }

    /** Writes a string in quotes, with the escapes it needs; half a surrogate pair becomes a question mark. */
    public void string(String text) throws InferenceException {
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
    public void bool(boolean value) throws InferenceException {
        raw(value ? "true" : "false");
    }

    /** Writes a signed integer. */
    public void signed(long value) throws InferenceException {
        reserve();
        if (value < 0) {
            pending[used++] = '-';
        }
        // the bits of the least one are its magnitude too
        used = DecimalDigits.putUnsigned(Math.abs(value), pending, used);
    }

    /** Writes the 64 bits as an unsigned integer. */
    void unsigned(long value) throws InferenceException {
        reserve();
        used = DecimalDigits.putUnsigned(value, pending, used);
    }

    /** Writes a double, or one of the literals NaN, Infinity and -Infinity. */
    public void number(double value) throws InferenceException {
        reserve();
        if (value != 0 && Double.isFinite(value)) {
            used = doubles.write(value, pending, used);
        } else if (Double.isNaN(value)) {
            raw("NaN");
        } else {
            raw(Double.doubleToRawLongBits(value) < 0 ? "-" : "");
            raw(value == 0 ? "0.0" : "Infinity");
        }
    }
}
