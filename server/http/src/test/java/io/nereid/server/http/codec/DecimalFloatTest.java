package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DecimalFloatTest {
    private static final long SEED = 20_261_122;
    /** The build takes samples of what {@code mvn -Plong verify} goes through. */
    private static final boolean LONG = Boolean.getBoolean("nereid.tests.long");
    private static final int CASES = LONG ? 500_000 : 25_000;

    private final JsonNumber number = new JsonNumber();
    private final Random random = new Random(SEED);

    private void checkAll(String text) throws InferenceException {
        Json.number(text, number);
        double asDouble = DecimalFloat.toDouble(number);
        if (Double.compare(asDouble, Double.parseDouble(text)) != 0) {
            assertThat(asDouble).as("FP64 of %s", text).isEqualTo(Double.parseDouble(text));
        }
        float asFloat = DecimalFloat.toFloat(number);
        if (Float.compare(asFloat, Float.parseFloat(text)) != 0) {
            assertThat(asFloat).as("FP32 of %s", text).isEqualTo(Float.parseFloat(text));
        }
    }

    @Test
    void toDoubleAndToFloat_randomBitsPrintedShortest_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                checkAll(Double.toString(value));
            }
        }
    }

    @Test
    void toDoubleAndToFloat_floatsWidenedTo17Digits_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                checkAll(Double.toString(value));
                checkAll(Float.toString(value));
            }
        }
    }

    @Test
    void toDoubleAndToFloat_commonMagnitudesWithAnyDigits_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES; i++) {
            int digits = 1 + random.nextInt(22);
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "");
            text.append(random.nextInt(3) == 0 ? random.nextInt(1_000_000) : 0).append('.');
            for (int d = 0; d < digits; d++) {
                text.append((char) ('0' + random.nextInt(10)));
            }
            if (random.nextInt(4) == 0) {
                text.append('e').append(random.nextInt(80) - 50);
            }
            checkAll(text.toString());
        }
    }

    @Test
    void toDoubleAndToFloat_integers_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES; i++) {
            checkAll(Long.toUnsignedString(random.nextLong() >>> random.nextInt(64)));
        }
    }

    @Test
    void toFloat_midpointsAndTheirNeighbours_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES / 20; i++) {
            float value = Math.abs(Float.intBitsToFloat(random.nextInt()));
            if (Float.isFinite(value) && value < Float.MAX_VALUE) {
                checkAround(new BigDecimal((value + (double) Math.nextUp(value)) / 2));
            }
        }
    }

    @Test
    void toDouble_midpointsAndTheirNeighbours_equalTheJdk() throws InferenceException {
        for (int i = 0; i < CASES / 200; i++) {
            double value = Math.abs(Double.longBitsToDouble(random.nextLong()));
            if (Double.isFinite(value) && value < Double.MAX_VALUE) {
                BigDecimal sum = new BigDecimal(value).add(new BigDecimal(Math.nextUp(value)));
                checkAround(sum.divide(BigDecimal.valueOf(2)));
            }
        }
    }

    private void checkAround(BigDecimal midpoint) throws InferenceException {
        checkAll(midpoint.toString());
        BigDecimal little = midpoint.ulp().movePointLeft(3);
        checkAll(midpoint.add(little).toString());
        checkAll(midpoint.subtract(little).toString());
        for (int digits : new int[]{15, 16, 17, 18, 19, 20}) {
            checkAll(midpoint.round(new MathContext(digits, RoundingMode.DOWN)).toString());
            checkAll(midpoint.round(new MathContext(digits, RoundingMode.UP)).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.0", "0e5", "0.000e-999999999999", "16777217", "16777216.5", "16777219",
            "9007199254740993", "1e22", "1e23", "1e-22", "1e-23", "4.9e-324", "2.4703282292062327e-324",
            "2.4703282292062328e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308",
            "1.17549435e-38", "1.1754942106924410754870294448492873488270524287458933338571745305715888704756189042655"
                    + "0235133618116378784179687500e-38",
            "7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015625"
                    + "e-46",
            "3.4028235677973366e38", "3.4028234663852886e38", "3.5e38", "1e-400", "1e-99999999999999999999",
            "10000000000000000000", "18446744073709551615", "18446744073709551616", "123456789012345678901234567890",
            "0.00000000000000000000000000000000000000000000000000012345678901234567890"})
    void toDoubleAndToFloat_edges_equalTheJdk(String text) throws InferenceException {
        checkAll(text);
        checkAll("-" + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e309", "1.8e308", "1e999999999999999999999", "2e308", "1.7976931348623159e308",
            "-1.7976931348623159077293051907890247336179769789423065727343008e308"})
    void everyFormat_beyondFp64_failsAsTritonDoes(String text) throws InferenceException {
        JsonNumber big = Json.number(text, number);
        assertThatThrownBy(() -> DecimalFloat.toFloat(big)).hasMessage(
                "failed to parse the request JSON buffer: Number too big to be stored in double. at 0");
        assertThatThrownBy(() -> DecimalFloat.toDouble(big)).isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> DecimalFloat.toFloat16(big)).isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> DecimalFloat.toBfloat16(big)).isInstanceOf(InferenceException.class);
    }

    @Test
    void toFloat16_halvesTheirMidpointsAndNeighbours_roundToNearestEven() throws InferenceException {
        for (int bits : bitsBelow(0x7C00)) {
            BigDecimal low = new BigDecimal(Float.float16ToFloat((short) bits));
            BigDecimal high = bits + 1 == 0x7C00 ? new BigDecimal(65536)
                    : new BigDecimal(Float.float16ToFloat((short) (bits + 1)));
            checkNarrow(low, high, bits, text -> DecimalFloat.toFloat16(Json.number(text, number)));
        }
    }

    @Test
    void toBfloat16_brainFloatsTheirMidpointsAndNeighbours_roundToNearestEven() throws InferenceException {
        for (int bits : bitsBelow(0x7F80)) {
            BigDecimal low = new BigDecimal(Float.intBitsToFloat(bits << 16));
            BigDecimal high = bits + 1 == 0x7F80 ? new BigDecimal(2).pow(128)
                    : new BigDecimal(Float.intBitsToFloat((bits + 1) << 16));
            checkNarrow(low, high, bits, text -> DecimalFloat.toBfloat16(Json.number(text, number)));
        }
    }

    /** All below {@code end}, or a sample with the first, the last and those around the least that is normal. */
    private int[] bitsBelow(int end) {
        if (LONG) {
            return IntStream.range(0, end).toArray();
        }
        IntStream edges = IntStream.of(0, 1, 2, 0x7E, 0x7F, 0x80, 0x81, 0x3FE, 0x3FF, 0x400, 0x401, end - 2, end - 1);
        return IntStream.concat(edges, random.ints(2_000, 0, end)).toArray();
    }

    private static void checkNarrow(BigDecimal low, BigDecimal high, int lowBits, Narrowing narrowing)
            throws InferenceException {
        BigDecimal midpoint = low.add(high).divide(BigDecimal.valueOf(2));
        BigDecimal little = high.subtract(low).movePointLeft(30);
        int even = (lowBits & 1) == 0 ? lowBits : lowBits + 1;
        expect(narrowing, low, lowBits);
        expect(narrowing, low.add(little), lowBits);
        expect(narrowing, midpoint.subtract(little), lowBits);
        expect(narrowing, midpoint, even);
        expect(narrowing, midpoint.add(little), lowBits + 1);
        expect(narrowing, high.subtract(little), lowBits + 1);
        for (int digits = 12; digits <= 19; digits++) {
            BigDecimal down = midpoint.round(new MathContext(digits, RoundingMode.DOWN));
            expect(narrowing, down, down.compareTo(midpoint) == 0 ? even : lowBits);
            BigDecimal up = midpoint.round(new MathContext(digits, RoundingMode.UP));
            expect(narrowing, up, up.compareTo(midpoint) == 0 ? even : lowBits + 1);
        }
    }

    private static void expect(Narrowing narrowing, BigDecimal value, int bits) throws InferenceException {
        short actual = narrowing.bitsOf(value.toString());
        if (actual != (short) bits) {
            assertThat(actual & 0xFFFF).as("bits of %s", value).isEqualTo(bits);
        }
        short negated = narrowing.bitsOf("-" + value);
        if (negated != (short) (bits | 0x8000)) {
            assertThat(negated & 0xFFFF).as("bits of -%s", value).isEqualTo(bits | 0x8000);
        }
    }

    @Test
    void literals_anyFormat_becomeNanAndInfinity() throws InferenceException {
        assertThat(DecimalFloat.toFloat(Json.number("NaN", number))).isNaN();
        assertThat(DecimalFloat.toDouble(Json.number("-Infinity", number))).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(DecimalFloat.toFloat(Json.number("-Inf", number))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(DecimalFloat.toDouble(Json.number("Inf", number))).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(DecimalFloat.toFloat16(Json.number("Infinity", number))).isEqualTo((short) 0x7C00);
        assertThat(DecimalFloat.toBfloat16(Json.number("-Infinity", number))).isEqualTo((short) 0xFF80);
        assertThat(Float.float16ToFloat(DecimalFloat.toFloat16(Json.number("NaN", number)))).isNaN();
        assertThat(DecimalFloat.toBfloat16(Json.number("NaN", number))).isEqualTo((short) 0x7FC0);
    }

    @Test
    void everyFormat_millionsOfDigits_readWithBoundedMemory() throws InferenceException {
        String text = "0." + "0".repeat(1_000_000) + "1" + "0".repeat(1_000_000) + "1e1000001";
        assertThat(DecimalFloat.toDouble(Json.number(text, number))).isEqualTo(1.0);
        assertThat(DecimalFloat.toFloat(Json.number("0." + "3".repeat(2_000_000), number))).isEqualTo(1 / 3f);
        assertThat(number.decimalText(800)).hasSizeLessThan(830);
    }

    /** One of the conversions to 16 bits. */
    private interface Narrowing {
        short bitsOf(String text) throws InferenceException;
    }
}
