package io.nereid.server.http.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Decimal digits of integers, put into arrays of bytes. */
final class DecimalDigits {
    /** How many digits {@link #putFull} puts. */
    static final int FULL = 17;
    /** Stores eight bytes at once, the first from the lowest bits. */
    static final VarHandle EIGHT_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EIGHT_ZEROS = 0x3030303030303030L;
    private static final long TEN_TO_8 = 100_000_000L;
    private static final long TEN_TO_16 = TEN_TO_8 * TEN_TO_8;
    private static final byte[] PAIRS = new byte[200];
    private static final long[] POWERS = new long[19];

    static {
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
        }
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = 10 * POWERS[i - 1];
        }
    }

    private DecimalDigits() {}

    /** Ten to a power of 0 to 18. */
    static long power(int exponent) {
        return POWERS[exponent];
    }

    /** How many decimal digits a number has that is positive. */
    static int count(long value) {
        // log10 from the bit length, corrected where the power of ten lies within it
        int guess = ((64 - Long.numberOfLeadingZeros(value)) * 1233) >> 12;
        return guess + (value >= POWERS[guess] ? 1 : 0);
    }

    /** Puts the 64 bits as an unsigned integer at index {@code at}; returns the index behind it. */
    static int putUnsigned(long value, byte[] out, int at) {
        if (value >= 0) {
            int end = at + (value == 0 ? 1 : count(value));
            putPairs(value, out, end);
            return end;
        }
        long tens = Long.divideUnsigned(value, 10);
        int end = at + count(tens);
        putPairs(tens, out, end);
        out[end] = (byte) ('0' + (value - tens * 10));
        return end + 1;
    }

    /** Puts the digits of a number that is not negative in front of index {@code end}. */
    private static void putPairs(long value, byte[] out, int end) {
        long rest = value;
        int at = end;
        while (rest >= 100) {
            long hundreds = rest / 100;
            int pair = (int) (rest - hundreds * 100) * 2;
            out[--at] = PAIRS[pair + 1];
            out[--at] = PAIRS[pair];
            rest = hundreds;
        }
        out[--at] = PAIRS[(int) rest * 2 + 1];
        if (rest >= 10) {
            out[--at] = PAIRS[(int) rest * 2];
        }
    }

    /**
     * Puts the {@link #FULL} digits of a number that has so many, at index {@code at}; returns how many are left
     * without the zeros at the end.
     */
    static int putFull(long value, byte[] out, int at) {
        long first = value / TEN_TO_16;
        long rest = value - first * TEN_TO_16;
        long upper = rest / TEN_TO_8;
        long upperDigits = eight(upper);
        long lowerDigits = eight(rest - upper * TEN_TO_8);
        out[at] = (byte) ('0' + first);
        EIGHT_BYTES.set(out, at + 1, upperDigits + EIGHT_ZEROS);
        EIGHT_BYTES.set(out, at + 9, lowerDigits + EIGHT_ZEROS);
        return lowerDigits != 0 ? 17 - (Long.numberOfLeadingZeros(lowerDigits) >>> 3)
                : 9 - (Long.numberOfLeadingZeros(upperDigits) >>> 3);
    }

    /**
     * The digits of a number below 10^8, one in each byte, the first in the lowest: it is split into fours, pairs, digits, each time
     * in all parts at once, by multiplication with a reciprocal that is exact for numbers of that size.
     */
    private static long eight(long value) {
        long upper = (value * 109_951_163) >>> 40;
        long fours = upper | ((value - upper * 10_000) << 32);
        long hundreds = ((fours * 10_486) >>> 20) & 0x0000_007F_0000_007FL;
        long pairs = hundreds | ((fours - hundreds * 100) << 16);
        long tens = ((pairs * 103) >>> 10) & 0x000F_000F_000F_000FL;
        return tens | ((pairs - tens * 10) << 8);
    }

    /** Eight characters as {@link #EIGHT_BYTES} stores them. */
    static long characters(String eight) {
        return (long) EIGHT_BYTES.get(eight.getBytes(StandardCharsets.ISO_8859_1), 0);
    }
}
