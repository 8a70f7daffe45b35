package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Numbers taken apart, compared with the JDK's exact decimals and integers. */
class JsonNumberTest {
    private static final long SEED = 1_911;
    private static final BigInteger UNSIGNED_END = BigInteger.ONE.shiftLeft(64);
    private static final BigInteger SIGNED_END = BigInteger.ONE.shiftLeft(63);
    private static final BigInteger BITS = UNSIGNED_END.subtract(BigInteger.ONE);

    private final Random random = new Random(SEED);
    private final JsonNumber number = new JsonNumber();

    private void checkInteger(BigInteger value) throws InferenceException {
        Json.number(value.toString(), number);
        boolean signed = value.compareTo(SIGNED_END.negate()) >= 0 && value.compareTo(SIGNED_END) < 0;
        boolean unsigned = value.signum() >= 0 && value.compareTo(UNSIGNED_END) < 0;
        assertThat(number.isSigned()).as("%s is signed", value).isEqualTo(signed);
        assertThat(number.isUnsigned()).as("%s is unsigned", value).isEqualTo(unsigned);
        if (signed || unsigned) {
            assertThat(number.toLong()).as("%s", value).isEqualTo(value.and(BITS).longValue());
        }
    }

    @Test
    void integers_aroundEveryPowerOfTwoAndTen_fitAsTheJdkSays() throws InferenceException {
        for (int i = 0; i <= 70; i++) {
            checkAround(BigInteger.ONE.shiftLeft(i));
            checkAround(BigInteger.TEN.pow(i));
        }
    }

    private void checkAround(BigInteger middle) throws InferenceException {
        for (int delta = -12; delta <= 12; delta++) {
            BigInteger value = middle.add(BigInteger.valueOf(delta));
            checkInteger(value);
            checkInteger(value.negate());
        }
    }

    @Test
    void integers_random_fitAsTheJdkSays() throws InferenceException {
        for (int i = 0; i < 50_000; i++) {
            BigInteger value = new BigInteger(random.nextInt(68), random);
            checkInteger(random.nextBoolean() ? value : value.negate());
        }
    }

    @Test
    void mantissaAndExponent_upTo19Digits_areTheExactValue() throws InferenceException {
        for (int i = 0; i < 50_000; i++) {
            String text = decimal(1 + random.nextInt(10), random.nextInt(10));
            Json.number(text, number);
            assertThat(number.truncated()).isFalse();
            assertThat(value()).as(text).isEqualByComparingTo(new BigDecimal(text));
        }
    }

    @Test
    void mantissaAndExponent_moreDigits_areBelowTheValueByLessThanOneUnit() throws InferenceException {
        for (int i = 0; i < 20_000; i++) {
            String text = decimal(1 + random.nextInt(30), random.nextInt(30));
            Json.number(text, number);
            BigDecimal left = new BigDecimal(text).abs().subtract(value().abs());
            BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen((int) number.exponent());
            assertThat(left.signum()).as(text).isEqualTo(number.truncated() ? 1 : 0);
            assertThat(left).as(text).isLessThan(unit);
        }
    }

    @Test
    void decimalText_enoughDigits_isTheExactMagnitude() throws InferenceException {
        for (int i = 0; i < 20_000; i++) {
            String text = decimal(1 + random.nextInt(30), random.nextInt(30)).replaceFirst("[0-9](?=$|e)", "7");
            assertThat(new BigDecimal(Json.number(text, number).decimalText(80))).as(text)
                    .isEqualByComparingTo(new BigDecimal(text).abs());
        }
    }

    @ParameterizedTest
    @CsvSource({"123456,3,1.23e5", "123000,3,1.23e5", "0.00123456,3,0.00123", "12.0001,3,12.0", "-99.95e7,3,99.9e7"})
    void decimalText_tooFewDigits_liesBetweenTheCutNumberAndTheNext(String text, int limit, BigDecimal cut)
            throws InferenceException {
        BigDecimal written = new BigDecimal(Json.number(text, number).decimalText(limit));
        BigDecimal exact = new BigDecimal(text).abs();
        assertThat(written.subtract(cut).signum()).isEqualTo(exact.subtract(cut).signum());
        assertThat(written).isLessThan(cut.add(cut.ulp()));
    }

    @Test
    void scan_anythingBehindTheNumber_endsBeforeIt() throws InferenceException {
        for (String text : new String[]{"0", "-0", "10", "1.25", "1e5", "-1.5E-10", "123456789012345678901", "NaN",
                "Inf", "-Infinity"}) {
            for (String behind : new String[]{",", "]", " 1", "x", "-", ":"}) {
                assertThat(number.scan(Json.inMemory(text + behind), 0, (text + behind).length()))
                        .as(text + behind).isEqualTo(text.length());
            }
        }
    }

    /** A zero in front is a number of its own: what follows it is not read. */
    @ParameterizedTest
    @CsvSource({"007,1", "-01,2", "00.5,1"})
    void scan_zeroInFront_isTheWholeNumber(String text, int end) throws InferenceException {
        assertThat(number.scan(Json.inMemory(text), 0, text.length())).isEqualTo(end);
        assertThat(number.toLong()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "+1", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1E-", "Na", "nan", "Infini", "-I",
            "InfinitY", "--1"})
    void scan_notANumber_isRefused(String text) {
        assertThatThrownBy(() -> Json.number(text, number)).isInstanceOf(InferenceException.class);
    }

    @ParameterizedTest
    @CsvSource({"1.0,false", "1e2,false", "-0,true", "NaN,false", "Infinity,false", "0.0,false"})
    void integers_writtenOtherwise_areNone(String text, boolean integer) throws InferenceException {
        Json.number(text, number);
        assertThat(number.isSigned()).isEqualTo(integer);
        assertThat(number.isUnsigned()).isEqualTo(integer);
    }

    @Test
    void exponent_beyondALong_isCappedNotWrapped() throws InferenceException {
        assertThat(Json.number("1e" + "9".repeat(40), number).exponent()).isEqualTo(1L << 40);
        assertThat(Json.number("1e-" + "9".repeat(40), number).exponent()).isEqualTo(-(1L << 40));
    }

    @Test
    void scanPlain_whateverItReads_isWhatScanReads() throws InferenceException {
        String characters = "0123456789012345678900..--eE+,] N\u00b5";
        int plain = 0;
        for (int i = 0; i < 300_000; i++) {
            String text = i % 3 == 0 ? random.ints(1 + random.nextInt(24), 0, characters.length())
                    .mapToObj(at -> characters.substring(at, at + 1)).collect(Collectors.joining())
                    : i % 3 == 1 ? decimal(1 + random.nextInt(9), random.nextInt(20))
                            : BigDecimal.valueOf(random.nextGaussian() * Math.pow(10, random.nextInt(12) - 5))
                                    .toPlainString();
            plain += checkPlain(text + ",".repeat(JsonNumber.PLAIN_BYTES)) ? 1 : 0;
        }
        assertThat(plain).as("numbers that are plain").isGreaterThan(100_000);
    }

    private boolean checkPlain(String text) throws InferenceException {
        MemorySegment json = Json.inMemory(text);
        long plainEnd = number.scanPlain(json, 0);
        if (plainEnd == JsonNumber.NOT_PLAIN) {
            return false;
        }
        JsonNumber other = new JsonNumber();
        assertThat(other.scan(json, 0, json.byteSize())).as(text).isEqualTo(plainEnd);
        assertThat(facts(number)).as(text).isEqualTo(facts(other));
        return true;
    }

    private static List<Object> facts(JsonNumber number) {
        return List.of(number.start(), number.negative(), number.mantissa(), number.exponent(), number.literal(),
                number.truncated(), number.isSigned(), number.isUnsigned(),
                number.mantissa() == 0 ? "" : number.decimalText(20));
    }

    @ParameterizedTest
    @CsvSource({"0,1", "-0.0,4", "7,1", "-1234567,8", "0.10000000149011612,19", "-123.45600128173828,19",
            "1.5,3", "0.000000000000000001,20", "0.00012345678901234567,22", "-0.0000012345678901234567,25"})
    void scanPlain_asClientsWriteNumbers_isRead(String text, int end) {
        assertThat(number.scanPlain(Json.inMemory(text + "]".repeat(JsonNumber.PLAIN_BYTES)), 0)).isEqualTo(end);
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345678", "1e5", "1.5E5", "1.", "1.e5", ".5", "-", "", "+1", "007", "NaN", "-Infinity",
            "0.12345678901234567890", "0.012345678901234567890", "1234567.1234567890123", "1.00012345678901234567",
            "0.000000001234567890123456", "--1", "x"})
    void scanPlain_anythingElse_isLeftToScan(String text) {
        assertThat(number.scanPlain(Json.inMemory(text + ",".repeat(JsonNumber.PLAIN_BYTES)), 0))
                .isEqualTo(JsonNumber.NOT_PLAIN);
    }

    private BigDecimal value() {
        BigDecimal magnitude = new BigDecimal(Long.toUnsignedString(number.mantissa()))
                .scaleByPowerOfTen((int) number.exponent());
        return number.negative() ? magnitude.negate() : magnitude;
    }

    private String decimal(int before, int behind) {
        String whole = digits(before).replaceFirst("^0+(?=.)", "");
        return (random.nextBoolean() ? "-" : "") + whole + (behind > 0 ? "." + digits(behind) : "")
                + (random.nextBoolean() ? "e" + (random.nextInt(80) - 40) : "");
    }

    private String digits(int count) {
        StringBuilder digits = new StringBuilder();
        random.ints(count, 0, 14).forEach(digit -> digits.append(Math.max(0, digit - 4)));
        return digits.toString();
    }
}
