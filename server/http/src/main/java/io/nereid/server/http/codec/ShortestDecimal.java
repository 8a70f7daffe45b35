package io.nereid.server.http.codec;

/**
 * The shortest decimal that reads back as the same double, and of those the nearest to it (Giulietti, "The Schubfach
 * way to render doubles", 2020). One object serves all numbers of a response.
 */
final class ShortestDecimal {
    private static final long HIDDEN_BIT = 1L << 52;
    private static final int INTEGER_EXPONENT = -1075;

    private long digits;
    private int exponent;

    /** The decimal digits, without zeros at the end. */
    long digits() {
        return digits;
    }

    /** The power of ten that the digits are multiplied by. */
    int exponent() {
        return exponent;
    }

    /** Finds the decimal of {@code value}, which is positive and finite. */
    void convert(double value) {
        long bits = Double.doubleToRawLongBits(value);
        long fraction = bits & (HIDDEN_BIT - 1);
        int biased = (int) (bits >>> 52);
        long significand = biased == 0 ? fraction : fraction | HIDDEN_BIT;
        int power = (biased == 0 ? 1 : biased) + INTEGER_EXPONENT;
        if (power <= 0 && power > -53 && Long.numberOfTrailingZeros(significand) >= -power) {
            set(significand >>> -power, 0);
        } else {
            search(significand, power, fraction == 0 && biased > 1);
        }
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
        long shortest = found;
        int scale = power;
        while (shortest % 10 == 0) {
            shortest /= 10;
            scale++;
        }
        digits = shortest;
        exponent = scale;
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
