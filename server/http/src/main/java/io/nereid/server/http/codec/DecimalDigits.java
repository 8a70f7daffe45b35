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
    /** 2^108 / 10^16 and 2^78 / 10^8, rounded up: dividing numbers of 17 digits so is exact, without a thought to signs. */
    private static final long RECIPROCAL_OF_TEN_TO_16 = 0x734aca5f6226f1L;
    private static final long RECIPROCAL_OF_TEN_TO_8 = 0xabcc77118461dL;
    private static final byte[] PAIRS = new byte[200];
    private static final long[] POWERS = new long[19];

    /** The digits of the numbers below 10,000, one in each byte, the first in the lowest. */
    private static final int[] FOURS = new int[10_000];

    static {
        for (int i = 0; i < FOURS.length; i++) {
            FOURS[i] = i / 1000 | (i / 100 % 10) << 8 | (i / 10 % 10) << 16 | (i % 10) << 24;
        }
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
     * Puts the {@link #FULL} digits of a number that has so many: the first at index {@code first}, the others from {@code
     * others} on. Returns how many are left without the zeros at the end.
     */
    static int putFull(long value, byte[] out, int first, int others) {
        long ones = Math.unsignedMultiplyHigh(value, RECIPROCAL_OF_TEN_TO_16) >>> 44;
        long rest = value - ones * TEN_TO_16;
        long upper = Math.unsignedMultiplyHigh(rest, RECIPROCAL_OF_TEN_TO_8) >>> 14;
        long upperDigits = eight(upper);
        long lowerDigits = eight(rest - upper * TEN_TO_8);
        out[first] = (byte) ('0' + ones);
        EIGHT_BYTES.set(out, others, upperDigits + EIGHT_ZEROS);
        EIGHT_BYTES.set(out, others + 8, lowerDigits + EIGHT_ZEROS);
        return lowerDigits != 0 ? 17 - (Long.numberOfLeadingZeros(lowerDigits) >>> 3)
                : 9 - (Long.numberOfLeadingZeros(upperDigits) >>> 3);
    }

    /** The digits of a number below 10^8, one in each byte, the first in the lowest. */
    private static long eight(long value) {
        long upper = (value * 109_951_163) >>> 40; // a ten-thousandth
        return FOURS[(int) upper] | (long) FOURS[(int) (value - upper * 10_000)] << 32;
    }

    /** Eight characters as {@link #EIGHT_BYTES} stores them. */
    static long characters(String eight) {
        return (long) EIGHT_BYTES.get(eight.getBytes(StandardCharsets.ISO_8859_1), 0);
    }
}
