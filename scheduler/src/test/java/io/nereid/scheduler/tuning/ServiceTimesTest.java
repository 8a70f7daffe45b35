package io.nereid.scheduler.tuning;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

class ServiceTimesTest {
    private static final double FIXED = 5_000_000;
    private static final double PER_ROW = 50_000;

    private final ServiceTimes times = new ServiceTimes();

    @Test
    void nanos_nothingMeasured_isZero() {
        assertThat(times.nanos(8)).isZero();
        assertThat(times.largest()).isZero();
    }

    @Test
    void nanos_firstExecutionSlow_isNotCounted() {
        times.executed(1, 900_000_000);
        times.executed(1, (long) FIXED);

        assertThat(times.nanos(1)).isEqualTo(FIXED);
        assertThat(times.measured()).isEqualTo(2);
    }

    @Test
    void nanos_severalSlowExecutionsAtFirst_areForgottenAtTheFirstQuickOne() {
        for (int i = 0; i < 5; i++) {
            times.executed(1, 900_000_000);
        }
        times.executed(1, (long) FIXED);

        assertThat(times.nanos(1)).isEqualTo(FIXED);
    }

    @Test
    void nanos_twoSizesMeasured_givesTheLineThroughThem() {
        measure(20, 1);
        measure(20, 64);

        assertThat(times.nanos(1)).isCloseTo(law(1), within(1.0));
        assertThat(times.nanos(30)).isCloseTo(law(30), within(1.0));
        assertThat(times.nanos(64)).isCloseTo(law(64), within(1.0));
        assertThat(times.nanos(200)).as("beyond what was measured").isCloseTo(law(200), within(1.0));
    }

    @Test
    void nanos_oneSizeMeasured_isFlat() {
        measure(5, 4);

        assertThat(times.nanos(1)).isEqualTo(law(4));
        assertThat(times.nanos(100)).isEqualTo(law(4));
    }

    @Test
    void nanos_rowsVaryWithJitter_isWithinFivePercentOfTheLaw() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 5000; i++) {
            int rows = 1 + random.nextInt(100);
            times.executed(rows, (long) (law(rows) * (0.8 + 0.4 * random.nextDouble())));
        }

        for (int rows = 1; rows <= 120; rows++) {
            assertThat(times.nanos(rows)).isCloseTo(law(rows), withPercentage(8));
        }
    }

    @Test
    void nanos_smallerSizeSlowerThanLarger_neverFallsWithTheRows() {
        for (int i = 0; i < 20; i++) {
            times.executed(1, 7_000_000);
            times.executed(8, 6_000_000);
            times.executed(32, 9_000_000);
        }

        for (int rows = 1; rows < 64; rows++) {
            assertThat(times.nanos(rows + 1)).isGreaterThanOrEqualTo(times.nanos(rows));
        }
    }

    @Test
    void nanos_oneHiccup_movesTheMeanByAFewPercent() {
        measure(50, 8);
        times.executed(8, (long) (100 * FIXED));

        assertThat(times.nanos(8)).isCloseTo(law(8), withPercentage(7));
    }

    @Test
    void nanos_modelBecomesThreeTimesSlower_isLearnedWithinFiftyExecutions() {
        measure(50, 8);
        for (int i = 0; i < 50; i++) {
            times.executed(8, (long) (3 * law(8)));
        }

        assertThat(times.nanos(8)).isCloseTo(3 * law(8), withPercentage(10));
    }

    @Test
    void nanos_machineSlowForAWhile_keepsTheRatioOfSizesThatWereNotVisited() {
        measure(50, 1);
        measure(50, 64);
        for (int i = 0; i < 100; i++) {
            times.executed(64, (long) (2 * law(64)));
        }
        assertThat(times.nanos(1)).as("slow along with 64").isCloseTo(2 * law(1), withPercentage(2));

        measure(200, 64);
        assertThat(times.nanos(1)).as("and quick again").isCloseTo(law(1), withPercentage(2));
    }

    @Test
    void nanos_rowsWithinAGroupChange_doesNotMoveOtherGroups() {
        measure(50, 1);
        measure(50, 64);
        measure(50, 127);

        assertThat(times.nanos(1)).isCloseTo(law(1), withPercentage(1));
        assertThat(times.nanos(127)).isCloseTo(law(127), withPercentage(1));
    }

    @Test
    void spread_noJitter_isOne() {
        measure(500, 8);

        assertThat(times.spread()).isEqualTo(1);
    }

    @Test
    void spread_jitter_fewExecutionsExceedIt() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 5000; i++) {
            times.executed(8, (long) (law(8) * (0.8 + 0.4 * random.nextDouble())));
        }

        assertThat(times.spread()).isBetween(1.14, 1.24);
    }

    private void measure(int executions, int rows) {
        for (int i = 0; i < executions; i++) {
            times.executed(rows, (long) law(rows));
        }
    }

    private static double law(int rows) {
        return FIXED + PER_ROW * rows;
    }
}
