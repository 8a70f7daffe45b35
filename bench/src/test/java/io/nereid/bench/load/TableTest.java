package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class TableTest {
    @Test
    void row_measurement_dividesTheCostByTheRequests() {
        String row = Table.row(measured(8, 1_000, 24_500_000), "");

        assertThat(row.replaceAll(" +", " ")).isEqualTo("| identity_64B | 8 | 500 | 1ms | 2ms | 24.5 | 3 | 0 | |\n");
    }

    @Test
    void aim_costBelowIt_isReached() {
        assertThat(Table.aim(OptionalDouble.of(25), measured(8, 1_000, 24_500_000))).isEqualTo("<= 25 us: reached");
    }

    @Test
    void aim_costAboveIt_isMissed() {
        assertThat(Table.aim(OptionalDouble.of(25), measured(8, 1_000, 25_100_000))).isEqualTo("<= 25 us: missed");
    }

    @Test
    void aim_otherConcurrency_isSilent() {
        assertThat(Table.aim(OptionalDouble.of(25), measured(1, 1_000, 24_500_000))).isEmpty();
    }

    @Test
    void aimOverBare_twoBareRuns_comparesWithTheirMean() {
        List<Measurement> bare = List.of(measured(1, 1_000, 9_000_000), measured(1, 1_000, 11_000_000));

        assertThat(Table.aimOverBare(measured(8, 1_000, 10_350_000), bare)).isEqualTo("<= +4 % over bare: +3.5 %");
    }

    private static Measurement measured(int concurrency, long requests, long cpuNanos) {
        return new Measurement("identity_64B", concurrency, new WrkReport(requests, 500, "1ms", "2ms", 0),
                new ProcessCost(cpuNanos, 3 * requests));
    }
}
