package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class JsonWriterTest {
    /** The build takes samples of what {@code mvn -Plong verify} goes through. */
    private static final boolean LONG = Boolean.getBoolean("nereid.tests.long");
    private static final long SEED = 7_112_026;

    /** Something to write. */
    private interface Writing {
        void to(JsonWriter json) throws InferenceException;
    }

    private static String written(Writing writing) throws InferenceException {
        ByteBuf out = Unpooled.buffer();
        JsonWriter json = new JsonWriter(out);
        writing.to(json);
        json.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"1.0,1.0", "-3.0,-3.0", "0.1,0.1", "0.10000000149011612,0.10000000149011612", "1e30,1e30", "1e-7,1e-7",
            "1.5e-7,1.5e-7", "1e-6,0.000001", "1.25e-6,0.00000125", "1e21,1e21", "1e20,100000000000000000000.0",
            "123456789012345680000,123456789012345680000.0", "1.2345e22,1.2345e22", "4.25,4.25", "100,100.0",
            "5e-324,5e-324", "1.7976931348623157e308,1.7976931348623157e308", "0,0.0", "-0.0,-0.0", "NaN,NaN",
            "Infinity,Infinity", "-Infinity,-Infinity", "9007199254740993,9007199254740992.0", "2e23,2e23",
            "2.2250738585072014e-308,2.2250738585072014e-308", "123.456,123.456"})
    void number_anyMagnitude_hasTheLayoutClientsKnow(String value, String expected) throws InferenceException {
        assertThat(written(json -> json.number(Double.parseDouble(value)))).isEqualTo(expected);
    }

    @Test
    void number_float_isWidenedToDouble() throws InferenceException {
        assertThat(written(json -> json.number(0.1f))).isEqualTo("0.10000000149011612");
    }

    @Test
    void number_floatsOfEveryExponent_areLaidOutAsTheirShortestDecimal() throws InferenceException {
        Random random = new Random(SEED + 3);
        for (int exponent = -149; exponent < 128; exponent++) {
            for (int i = 0; i < (LONG ? 500 : 25); i++) {
                float value = Math.scalb(1 + random.nextFloat(), exponent);
                checkLayout(random.nextBoolean() ? value : -value);
            }
        }
    }

    @Test
    void number_doublesOfFewAndManyDigits_areLaidOutAsTheirShortestDecimal() throws InferenceException {
        Random random = new Random(SEED + 4);
        for (int i = 0; i < (LONG ? 200_000 : 10_000); i++) {
            long digits = random.nextLong() >>> (11 + random.nextInt(52));
            checkLayout(digits * Math.pow(10, random.nextInt(60) - 35));
        }
    }

    private static void checkLayout(double value) throws InferenceException {
        String written = written(json -> json.number(value));
        BigDecimal exact = new BigDecimal(written);
        if (!written.equals(layout(exact)) || exact.doubleValue() != value) {
            assertThat(written).as("%s", value).isEqualTo(layout(exact));
            assertThat(exact.doubleValue()).isEqualTo(value);
        }
    }

    /** A point or an exponent always; an exponent from 1e21 on and below 1e-6. */
    private static String layout(BigDecimal decimal) {
        BigDecimal value = decimal.stripTrailingZeros();
        int leading = value.precision() - value.scale() - 1;
        if (value.signum() == 0) {
            return "0.0";
        }
        if (leading >= -6 && leading < 21) {
            return value.scale() > 0 ? value.toPlainString() : value.toPlainString() + ".0";
        }
        return value.movePointLeft(leading).stripTrailingZeros().toPlainString() + "e" + leading;
    }

    @Test
    void convert_manyDoubles_shortestAndNearestAsTheJdkFindsThem() {
        Random random = new Random(SEED);
        ShortestDecimal shortest = new ShortestDecimal();
        for (int i = 0; i < (LONG ? 3_000_000 : 150_000); i++) {
            double value = switch (i % 3) {
                case 0 -> Double.longBitsToDouble(random.nextLong() >>> 1);
                case 1 -> Math.abs(Float.intBitsToFloat(random.nextInt()));
                default -> random.nextInt(1_000_000) / 1000.0;
            };
            if (value > 0 && Double.isFinite(value)) {
                checkShortest(shortest, value);
            }
        }
    }

    @Test
    void convert_powersOfTwoAndTen_shortestAndNearestAsTheJdkFindsThem() {
        ShortestDecimal shortest = new ShortestDecimal();
        for (int exponent = -1074; exponent < 1024; exponent++) {
            double power = Math.scalb(1.0, exponent);
            checkShortest(shortest, power);
            checkShortest(shortest, Math.nextUp(power));
            if (power > Double.MIN_VALUE) {
                checkShortest(shortest, Math.nextDown(power));
            }
        }
        for (int exponent = -323; exponent <= 308; exponent++) {
            checkShortest(shortest, Double.parseDouble("1e" + exponent));
        }
    }

    private static void checkShortest(ShortestDecimal shortest, double value) {
        shortest.convert(value);
        BigDecimal expected = new BigDecimal(Double.toString(value));
        BigDecimal found = BigDecimal.valueOf(shortest.digits(), DecimalDigits.FULL - shortest.point());
        if (found.compareTo(expected) != 0) {
            // the JDK always prints two digits: where one is enough, it may name a nearer number of two
            assertThat(found.stripTrailingZeros().precision()).as("digits of %s", value).isEqualTo(1);
            assertThat(found.doubleValue()).isEqualTo(value);
        }
    }

    @Test
    void number_manyDoubles_writtenTextReadsBack() throws InferenceException {
        Random random = new Random(SEED + 1);
        ByteBuf out = Unpooled.directBuffer();
        JsonWriter json = new JsonWriter(out);
        for (int i = 0; i < (LONG ? 500_000 : 25_000); i++) {
            double value = i % 2 == 0 ? Double.longBitsToDouble(random.nextLong())
                    : random.nextGaussian() * Math.pow(10, random.nextInt(50) - 25);
            if (Double.isFinite(value)) {
                out.clear();
                json.number(value);
                json.flush();
                assertThat(Double.parseDouble(out.toString(StandardCharsets.US_ASCII))).isEqualTo(value);
            }
        }
        out.release();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 999, 1000, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE,
            999_999_999_999_999_999L, 1_000_000_000_000_000_000L, 123_456_789})
    void signed_edges_equalTheJdk(long value) throws InferenceException {
        assertThat(written(json -> json.signed(value))).isEqualTo(Long.toString(value));
    }

    @Test
    void signedAndUnsigned_randomValues_equalTheJdk() throws InferenceException {
        Random random = new Random(SEED + 2);
        for (int i = 0; i < 100_000; i++) {
            long value = random.nextLong() >>> random.nextInt(64);
            assertThat(written(json -> json.signed(value))).isEqualTo(Long.toString(value));
            assertThat(written(json -> json.unsigned(value))).isEqualTo(Long.toUnsignedString(value));
        }
    }

    @Test
    void string_specialCharacters_areEscapedAndTextIsKept() throws InferenceException {
        assertThat(written(json -> json.string("a\"b\\c/\n\r\t\b\f\u0001\u001f\u007f é€😀")))
                .isEqualTo("\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\\u0001\\u001F\u007f é€😀\"");
    }

    @Test
    void string_longerThanTheScratch_isWrittenWhole() throws InferenceException {
        String text = "x\"é".repeat(5000);
        assertThat(written(json -> json.string(text))).isEqualTo("\"" + text.replace("\"", "\\\"") + "\"");
        assertThat(written(json -> json.raw("y".repeat(5000)))).isEqualTo("y".repeat(5000));
    }

    @Test
    void jsonErrors_anyText_hasTheExactForm() {
        ByteBuf out = Unpooled.buffer();
        JsonErrors.write("input 'a\"b' is\nbad", out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"error\":\"input 'a\\\"b' is\\nbad\"}");
    }
}
