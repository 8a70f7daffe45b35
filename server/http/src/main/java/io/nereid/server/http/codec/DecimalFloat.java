package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;

import java.math.BigDecimal;

/**
 * Floating-point values of decimal numbers, each rounded once from the exact decimal value to its own format, to
 * nearest and ties to even.
 *
 * <p>The narrow formats come from a double of 53 bits: either one <em>rounded to odd</em> (its last bit set where it
 * is not exact), from which any rounding to 51 bits or fewer is as good as from the exact value; or a near one that
 * lies further from every midpoint of the narrow format than it can be off. What neither settles goes by exact
 * arithmetic.
 */
final class DecimalFloat {
    /** More significant digits than any midpoint of two doubles has (767). */
    private static final int ENOUGH_DIGITS = 800;
    /** Beyond this magnitude in decimal digits a number is 0 or infinite in every format. */
    private static final int EXTREME = 400;
    private static final int EXACT_POWERS = 22;
    private static final double[] POWERS_OF_TEN = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
            1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /** How many units in its last place a double may be off that is made of a rounded mantissa by one operation. */
    private static final long ERROR_UNITS = 4;

    /** The bits of a double below the last one of a float. */
    private static final long BELOW_FLOAT = 0x1FFF_FFFF;

    private DecimalFloat() {}

    /** The number as FP64; fails where that would be infinite. */
    static double toDouble(JsonNumber number) throws InferenceException {
        double magnitude = number.literal() ? number.literalValue() : finite(number, magnitude(number));
        return number.negative() && !number.literal() ? -magnitude : magnitude;
    }

    /** The number as FP32; infinite beyond its range, but fails where even FP64 would be. */
    static float toFloat(JsonNumber number) throws InferenceException {
        if (number.literal()) {
            return (float) number.literalValue();
        }
        return number.signed(floatMagnitude(number));
    }

    /** The number as the bits of FP16; infinite beyond its range, but fails where even FP64 would be. */
    static short toFloat16(JsonNumber number) throws InferenceException {
        return Float.floatToFloat16(oddFloat(number));
    }

    /** The number as the bits of BF16; infinite beyond its range, but fails where even FP64 would be. */
    static short toBfloat16(JsonNumber number) throws InferenceException {
        float value = oddFloat(number);
        if (Float.isNaN(value)) {
            return (short) 0x7FC0;
        }
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    private static float floatMagnitude(JsonNumber number) throws InferenceException {
        if (number.mantissa() == 0) {
            return 0;
        }
        double near = near(number);
        return isClearOfFloatMidpoints(near) ? (float) near : (float) oddDouble(number);
    }

    /** Whether a normal float is the same for every double within the error around {@code near}. */
    private static boolean isClearOfFloatMidpoints(double near) {
        long tail = Double.doubleToRawLongBits(near) & BELOW_FLOAT;
        return Math.abs(tail - (BELOW_FLOAT + 1) / 2) > ERROR_UNITS && near >= Float.MIN_NORMAL
                && near < Float.MAX_VALUE;
    }

    /** The number as a float rounded to odd, for rounding to fewer bits. */
    private static float oddFloat(JsonNumber number) throws InferenceException {
        if (number.literal()) {
            return (float) number.literalValue();
        }
        double exactOrOdd = number.mantissa() == 0 ? 0 : oddBelowFloat(number);
        float value = (float) exactOrOdd;
        if (value != exactOrOdd && (Float.floatToRawIntBits(value) & 1) == 0) {
            value = value > exactOrOdd ? Math.nextDown(value) : Math.nextUp(value);
        }
        return number.negative() ? -value : value;
    }

    /** A double between the same two floats as the exact value, or the float that is the exact value. */
    private static double oddBelowFloat(JsonNumber number) throws InferenceException {
        double near = near(number);
        long tail = Double.doubleToRawLongBits(near) & BELOW_FLOAT;
        boolean clear = tail > ERROR_UNITS && tail < BELOW_FLOAT - ERROR_UNITS && near < Float.MAX_VALUE;
        return clear ? near : oddDouble(number);
    }

    /** A double at most {@link #ERROR_UNITS} off; the mantissa is not 0. */
    private static double near(JsonNumber number) {
        boolean oneOperation = number.mantissa() > 0 && !number.truncated()
                && Math.abs(number.exponent()) <= EXACT_POWERS;
        return oneOperation ? scale((double) number.mantissa(), (int) number.exponent()) : magnitude(number);
    }

    /** The magnitude as a double rounded to odd; the mantissa is not 0. */
    private static double oddDouble(JsonNumber number) throws InferenceException {
        long mantissa = number.mantissa();
        long exponent = number.exponent();
        if (isExactlyScaled(number)) {
            double near = scale((double) mantissa, (int) exponent);
            double power = POWERS_OF_TEN[(int) Math.abs(exponent)];
            // the fused multiplication is exact where its result is 0, and has the right sign elsewhere
            double below = exponent < 0 ? -Math.fma(near, power, -(double) mantissa)
                    : Math.fma((double) mantissa, power, -near);
            return toOdd(near, below);
        }
        String decimal = number.decimalText(ENOUGH_DIGITS);
        double near = finite(number, Double.parseDouble(decimal));
        if (near == 0 || decimalMagnitude(number) < -EXTREME) {
            return Double.MIN_VALUE;
        }
        return toOdd(near, new BigDecimal(decimal).compareTo(new BigDecimal(near)));
    }

    /**
     * Rounds to odd: {@code near} is the nearest double, {@code below} the sign of what it lies below the exact
     * value.
     */
    private static double toOdd(double near, double below) {
        if (below == 0 || (Double.doubleToRawLongBits(near) & 1) == 1) {
            return near;
        }
        return below > 0 ? Math.nextUp(near) : Math.nextDown(near);
    }

    private static double magnitude(JsonNumber number) {
        long mantissa = number.mantissa();
        if (mantissa == 0) {
            return 0;
        }
        if (isExactlyScaled(number)) {
            return scale((double) mantissa, (int) number.exponent());
        }
        double nearest = EiselLemire.doubleOf(mantissa, number.exponent());
        // of a number with more digits only the bounds are known: both must round to the same double
        boolean decided = !number.truncated() || nearest == EiselLemire.doubleOf(mantissa + 1, number.exponent());
        return decided && !Double.isNaN(nearest) ? nearest : Double.parseDouble(number.decimalText(ENOUGH_DIGITS));
    }

    /** Whether mantissa and power of ten are exact doubles, so that one operation rounds once. */
    private static boolean isExactlyScaled(JsonNumber number) {
        return number.mantissa() >>> 53 == 0 && !number.truncated() && Math.abs(number.exponent()) <= EXACT_POWERS;
    }

    private static double scale(double mantissa, int exponent) {
        return exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent] : mantissa * POWERS_OF_TEN[exponent];
    }

    /** Roughly the power of ten of the number's first digit. */
    private static long decimalMagnitude(JsonNumber number) {
        return number.exponent() + JsonNumber.MANTISSA_DIGITS;
    }

    private static double finite(JsonNumber number, double magnitude) throws InferenceException {
        if (magnitude == Double.POSITIVE_INFINITY) {
            throw JsonSyntax.NUMBER_TOO_BIG.at(number.start());
        }
        return magnitude;
    }
}
