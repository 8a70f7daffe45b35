package io.nereid.server.http.codec;

/**
 * The shortest decimal that reads back as the same double, and of those the nearest to it (Giulietti, "The Schubfach
 * way to render doubles", 2020). Schubfach scales a double and both bounds of the decimals that read back as it, by
 * three multiplications; here one is enough where the scaled value lies further from what would decide otherwise than
 * it can be off, which is nearly always. One object serves all numbers of a response.
 */
final class ShortestDecimal {
    private static final long HIDDEN_BIT = 1L << 52;
    private static final int INTEGER_EXPONENT = -1075;
    /** The unit that distances between decimals are counted in is 2 to the power of -UNIT_BITS. */
    private static final int UNIT_BITS = 59;
    private static final long TEN = 10L << UNIT_BITS;
    /** 2^64 / 10, rounded up: exact for numbers of 18 digits. */
    private static final long TENTH = 0x199999999999999aL;
    private static final long TEN_TO_16 = DecimalDigits.power(16);

    private long digits;
    private int point;

    /** {@link DecimalDigits#FULL} decimal digits, the last of them zeros where fewer are enough. */
    long digits() {
        return digits;
    }

    /** How many of the digits are in front of the point: fewer than none where zeros follow it. */
    int point() {
        return point;
    }

    /** Finds the decimal of {@code value}, which is positive and finite. */
    void convert(double value) {
        long bits = Double.doubleToRawLongBits(value);
        long fraction = bits & (HIDDEN_BIT - 1);
        int biased = (int) (bits >>> 52);
        long significand = biased == 0 ? fraction : fraction | HIDDEN_BIT;
        int power = (biased == 0 ? 1 : biased) + INTEGER_EXPONENT;
        if (Long.numberOfTrailingZeros(significand) >= -power && power <= 0 && power > -53) {
            set(significand >>> -power, 0);
        } else if (fraction == 0 || biased == 0 || !searchFarFromBounds(significand, power)) {
            search(significand, power, fraction == 0 && biased > 1);
        }
    }

    /**
     * Finds the decimal of a normal double whose neighbours are equally far. Scaled by {@code 10^-k} the neighbours
     * are 1 to 10 away, so all integers read back as it that are less than half of that away: the nearest integer
     * does, and at most one multiple of ten, which is shorter. Returns false where any comparison is too close.
     */
    private boolean searchFarFromBounds(long significand, int power) {
        int k = (power * 1_262_611) >> 22;
        int shift = power + ((-k * 1_741_647) >> 19) + 1;
        long powerHigh = PowersOfFive.high(-k);
        long value = significand << shift;
        long carried = Math.unsignedMultiplyHigh(PowersOfFive.low(-k), value);
        long fraction = powerHigh * value + carried;
        long whole = Math.unsignedMultiplyHigh(powerHigh, value)
                + (Long.compareUnsigned(fraction, carried) < 0 ? 1 : 0);
        long tens = Math.unsignedMultiplyHigh(whole, TENTH);
        long aboveTens = ((whole - tens * 10) << UNIT_BITS) | (fraction >>> (64 - UNIT_BITS));
        long belowTens = TEN - aboveTens;
        long bound = powerHigh >>> (65 - UNIT_BITS - shift);
        if (isClose(aboveTens - bound) || isClose(belowTens - bound) || isClose(fraction - Long.MIN_VALUE)) {
            return false;
        }
        // which of them it is can not be guessed, and a wrong guess costs more than all of this: so no branch
        long nearest = whole + (fraction >>> 63);
        long ten = (tens + ((belowTens - bound) >>> 63)) * 10;
        long shorter = ((aboveTens - bound) | (belowTens - bound)) >> 63;
        long found = nearest + ((ten - nearest) & shorter);
        long oneFewer = (found - TEN_TO_16) >>> 63;
        digits = found + (9 * found & -oneFewer);
        point = k + DecimalDigits.FULL - (int) oneFewer;
        return true;
    }

    /** Whether a distance is within four units of zero, which is more than it can be off. */
    private static boolean isClose(long distance) {
        return (distance + 4) >>> 3 == 0;
    }

    /**
     * Looks for a decimal with one digit fewer, then for one with all, in the interval that rounds to {@code
     * significand * 2^power}. All bounds are four times their value, scaled by {@code 10^-k} and rounded to odd.
     */
    private void search(long significand, int power, boolean lowerIsCloser) {
        boolean odd = (significand & 1) != 0;
        // floor(log10(2^power)), or of three quarters of it
        int k = (power * 1_262_611 - (lowerIsCloser ? 524_031 : 0)) >> 22;
        int shift = power + ((-k * 1_741_647) >> 19) + 1;
        long center = significand << 2;
        long lower = scaled(-k, (center - (lowerIsCloser ? 1 : 2)) << shift) + (odd ? 1 : 0);
        long middle = scaled(-k, center << shift);
        long upper = scaled(-k, (center + 2) << shift) - (odd ? 1 : 0);
        long down = middle >>> 2;
        long tens = down / 10;
        boolean tensDown = lower <= tens * 40;
        boolean tensUp = tens * 40 + 40 <= upper;
        if (down >= 10 && tensDown != tensUp) {
            set(tens + (tensUp ? 1 : 0), k + 1);
            return;
        }
        boolean downFits = lower <= down << 2;
        boolean upFits = (down << 2) + 4 <= upper;
        long half = (down << 2) + 2;
        boolean nearerUp = middle > half || (middle == half && (down & 1) != 0);
        set(down + ((downFits != upFits ? upFits : nearerUp) ? 1 : 0), k);
    }

    private void set(long found, int power) {
        int length = DecimalDigits.count(found);
        digits = found * DecimalDigits.power(DecimalDigits.FULL - length);
        point = length + power;
    }

    /** {@code value * 10^q}, scaled to an integer, its lowest bit set where anything was cut off. */
    private static long scaled(int q, long value) {
        long powerLow = PowersOfFive.low(q) + PowersOfFive.roundUp(q);
        long powerHigh = PowersOfFive.high(q);
        long carried = Math.unsignedMultiplyHigh(powerLow, value);
        long low = powerHigh * value + carried;
        long high = Math.unsignedMultiplyHigh(powerHigh, value) + (Long.compareUnsigned(low, carried) < 0 ? 1 : 0);
        return Long.compareUnsigned(low, 1) > 0 ? high | 1 : high;
    }
}
