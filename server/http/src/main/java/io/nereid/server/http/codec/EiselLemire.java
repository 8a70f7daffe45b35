package io.nereid.server.http.codec;

/**
 * The double nearest to {@code w * 10^q}, by one multiplication of 64 by 128 bits (Lemire, "Number parsing at a
 * gigabyte per second", 2021). Where the product's cut-off tail could decide, which is next to never, it says so.
 */
final class EiselLemire {
    /** What {@link #doubleOf} returns where it cannot decide. */
    static final double UNDECIDED = Double.NaN;
    private static final int LARGEST_POWER = 308;
    private static final int EXPONENT_BIAS = 1023;
    private static final int INFINITE_EXPONENT = 0x7FF;
    private static final long HIDDEN_BIT = 1L << 52;
    /** What of the product's upper half lies below the bits that are kept; if all ones, a carry may be missing. */
    private static final long BELOW_KEPT = 0x1FF;

    private EiselLemire() {}

    /** The double nearest to {@code w * 10^q}, for an unsigned {@code w} other than 0, or {@link #UNDECIDED}. */
    static double doubleOf(long w, long q) {
        if (q < PowersOfFive.SMALLEST) {
            return 0;
        }
        if (q > LARGEST_POWER) {
            return Double.POSITIVE_INFINITY;
        }
        return product(w, (int) q);
    }

    private static double product(long w, int q) {
        int zeros = Long.numberOfLeadingZeros(w);
        long digits = w << zeros;
        long high = Math.unsignedMultiplyHigh(digits, PowersOfFive.high(q));
        long low = digits * PowersOfFive.high(q);
        if ((high & BELOW_KEPT) == BELOW_KEPT) {
            long carry = Math.unsignedMultiplyHigh(digits, PowersOfFive.low(q));
            low += carry;
            high += Long.compareUnsigned(low, carry) < 0 ? 1 : 0;
            if (low == -1 && (q < -27 || q > 55)) {
                return UNDECIDED;
            }
        }
        int upperBit = (int) (high >>> 63);
        int shift = upperBit + 9;
        long kept = high >>> shift;
        // floor(log2(10^q)) + 63, by a fraction that is right for every q here
        int exponent = (int) ((217_706L * q) >> 16) + 63 + upperBit - zeros + EXPONENT_BIAS;
        if (exponent <= 0) {
            return subnormal(kept, exponent);
        }
        if (Long.compareUnsigned(low, 1) <= 0 && q >= -4 && q <= 23 && (kept & 3) == 1 && kept << shift == high) {
            kept--; // exactly halfway: to the even neighbour
        }
        return assemble((kept + (kept & 1)) >>> 1, exponent);
    }

    private static double subnormal(long kept, int exponent) {
        if (exponent <= -63) {
            return 0;
        }
        long shifted = kept >>> (1 - exponent);
        // a carry into the hidden bit makes it the smallest normal number by itself
        return Double.longBitsToDouble((shifted + (shifted & 1)) >>> 1);
    }

    private static double assemble(long rounded, int exponent) {
        boolean carried = rounded >= (HIDDEN_BIT << 1);
        long significand = carried ? 0 : rounded & ~HIDDEN_BIT;
        int biased = carried ? exponent + 1 : exponent;
        return biased >= INFINITE_EXPONENT ? Double.POSITIVE_INFINITY
                : Double.longBitsToDouble(((long) biased << 52) | significand);
    }
}
