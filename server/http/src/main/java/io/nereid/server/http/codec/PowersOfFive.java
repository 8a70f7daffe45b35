package io.nereid.server.http.codec;

import java.math.BigInteger;

/**
 * The leading 128 bits of every power of five that conversions between decimal and binary need: of {@code 5^q}
 * rounded down, and of its reciprocal rounded up where that has few enough digits for a tie to matter.
 */
final class PowersOfFive {
    /** The smallest power with a product that is not 0 as a double. */
    static final int SMALLEST = -342;
    /** The largest power that the shortest decimal of a double needs; parsing needs 308. */
    static final int LARGEST = 324;
    /** From here to 0 reciprocals are rounded up; below they are rounded down. */
    private static final int SMALLEST_ROUNDED_UP = -27;
    /** The last power that is exact in 128 bits. */
    private static final int LARGEST_EXACT = 55;
    private static final long[] HIGH = new long[LARGEST - SMALLEST + 1];
    private static final long[] LOW = new long[LARGEST - SMALLEST + 1];

    static {
        BigInteger power = BigInteger.ONE;
        for (int q = 0; q <= Math.max(LARGEST, -SMALLEST); q++) {
            if (q <= LARGEST) {
                put(q, leading128(power));
            }
            if (q > 0 && q <= -SMALLEST) {
                put(-q, reciprocal(power, -q));
            }
            power = power.multiply(BigInteger.valueOf(5));
        }
    }

    private PowersOfFive() {}

    private static void put(int q, BigInteger bits) {
        HIGH[q - SMALLEST] = bits.shiftRight(64).longValue();
        LOW[q - SMALLEST] = bits.longValue();
    }

    private static BigInteger leading128(BigInteger value) {
        return value.shiftLeft(128).shiftRight(value.bitLength());
    }

    private static BigInteger reciprocal(BigInteger power, int q) {
        int scale = power.bitLength() + (q >= SMALLEST_ROUNDED_UP ? 127 : power.bitLength() + 128);
        return leading128(BigInteger.ONE.shiftLeft(scale).divide(power).add(BigInteger.ONE));
    }

    /** The upper 64 of the 128 bits for {@code 5^q}; the highest is set. */
    static long high(int q) {
        return HIGH[q - SMALLEST];
    }

    /** The lower 64 of the 128 bits for {@code 5^q}. */
    static long low(int q) {
        return LOW[q - SMALLEST];
    }

    /** What to add to the 128 bits for {@code 5^q} so that they are rounded up, never down: 0 or 1. */
    static int roundUp(int q) {
        return q < SMALLEST_ROUNDED_UP || q > LARGEST_EXACT ? 1 : 0;
    }
}
