package io.nereid.server.http.codec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Powers of ten times integers, compared with the JDK's exact decimals. */
class EiselLemireTest {
    private static final long SEED = 64_128;
    private static final int SMALLEST = -345;
    private static final int LARGEST = 310;

    private static double exact(long w, int q) {
        return new BigDecimal(new BigInteger(Long.toUnsignedString(w)), -q).doubleValue();
    }

    /** Whether it gave a value; fails where that is another than the JDK's. */
    private static boolean check(long w, int q) {
        double found = EiselLemire.doubleOf(w, q);
        if (!Double.isNaN(found)) {
            assertThat(found).as("%s e%s", Long.toUnsignedString(w), q).isEqualTo(exact(w, q));
        }
        return !Double.isNaN(found);
    }

    @Test
    void doubleOf_everyPowerAndRandomDigits_equalsTheJdkAndIsNearlyAlwaysDecided() {
        Random random = new Random(SEED);
        int undecided = 0;
        int all = 0;
        for (int q = SMALLEST; q <= LARGEST; q++) {
            for (int i = 0; i < 100; i++, all++) {
                long w = random.nextLong() >>> random.nextInt(64);
                undecided += w == 0 || check(w, q) ? 0 : 1;
            }
        }
        assertThat(undecided).isLessThan(all / 1000);
    }

    @Test
    void doubleOf_everyPowerAndTheEdgesOfTheDigits_equalsTheJdk() {
        long[] edges = {1, 2, 5, 9, 10, (1L << 53) - 1, 1L << 53, (1L << 53) + 1, (1L << 54) + 2, Long.MAX_VALUE,
                Long.MIN_VALUE, -1};
        for (int q = SMALLEST; q <= LARGEST; q++) {
            for (long w : edges) {
                check(w, q);
            }
        }
    }

    /** Halfway between two doubles, where the even one is nearest by definition. */
    @ParameterizedTest
    @CsvSource({"9007199254740993,0,9007199254740992", "9007199254740995,0,9007199254740996",
            "18014398509481986,0,18014398509481984", "90071992547409930,-1,9007199254740992",
            "45035996273704965,-1,4503599627370496", "45035996273704975,-1,4503599627370498"})
    void doubleOf_midpoint_isTheEvenNeighbour(long w, int q, double even) {
        assertThat(EiselLemire.doubleOf(w, q)).isEqualTo(even);
    }

    @ParameterizedTest
    @CsvSource({"1,309,Infinity", "18446744073709551615,309,Infinity", "17976931348623157,292,1.7976931348623157E308",
            "17976931348623159,292,Infinity", "49,-325,4.9E-324", "24,-325,0.0", "25,-325,4.9E-324",
            "18446744073709551615,-400,0.0", "22250738585072014,-324,2.2250738585072014E-308"})
    void doubleOf_edgesOfTheRange_areInfinityZeroAndTheSmallest(String w, int q, double expected) {
        assertThat(EiselLemire.doubleOf(Long.parseUnsignedLong(w), q)).isEqualTo(expected);
    }

    @Test
    void doubleOf_exponentsFarOutside_areInfinityAndZero() {
        assertThat(EiselLemire.doubleOf(1, Long.MAX_VALUE)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(EiselLemire.doubleOf(-1, Long.MIN_VALUE)).isZero();
    }
}
