package io.nereid.perf.client;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.LongStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LatenciesTest {
    @ParameterizedTest
    @CsvSource({"50, 100", "99, 198", "99.5, 199", "99.6, 200", "100, 200", "0.1, 1"})
    void percentileNanos_oneToTwoHundredInAnyOrder_isTheNearestRank(double percent, long expected) {
        // 77 and 200 have no common divisor: every number from 1 to 200 comes once.
        LongStream mixed = LongStream.range(0, 200).map(i -> i * 77 % 200 + 1);

        assertThat(Latencies.of(mixed).percentileNanos(percent)).isEqualTo(expected);
    }

    /** 99.9 / 100 is a little more than 0.999, which must not make it the next answer. */
    @Test
    void percentileNanos_ofAThousand_isNotOneTooFar() {
        Latencies thousand = Latencies.of(LongStream.rangeClosed(1, 1000));
        for (int rank = 1; rank <= 1000; rank++) {
            assertThat(thousand.percentileNanos(rank / 10.0)).isEqualTo(rank);
        }
    }

    @Test
    void percentileNanos_oneAnswer_isThatOne() {
        assertThat(Latencies.of(LongStream.of(7)).percentileNanos(50)).isEqualTo(7);
    }

    @Test
    void percentileNanos_noAnswers_isZero() {
        assertThat(Latencies.NONE.percentileNanos(99)).isZero();
    }

    @Test
    void percentileNanos_zeroPercent_isRefused() {
        assertThatThrownBy(() -> Latencies.NONE.percentileNanos(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("percent: got 0.0 (expected above 0, up to 100)");
    }

    @Test
    void merged_severalParts_ranksAllTogether() {
        Latencies merged = Latencies
                .merged(Stream.of(Latencies.of(LongStream.of(9, 1)), Latencies.NONE, Latencies.of(LongStream.of(5))));

        assertThat(merged.count()).isEqualTo(3);
        assertThat(merged.percentileNanos(50)).isEqualTo(5);
    }

    @Test
    void mean_andDeviation_areOfAllAnswers() {
        Latencies latencies = Latencies.of(LongStream.of(2, 4, 4, 4, 5, 5, 7, 9));
        assertThat(latencies.meanNanos()).isEqualTo(5);
        assertThat(latencies.standardDeviationNanos()).isEqualTo(2);
        assertThat(Latencies.NONE.meanNanos()).isZero();
        assertThat(Latencies.NONE.standardDeviationNanos()).isZero();
    }
}
