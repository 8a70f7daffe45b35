package io.nereid.simulation;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MeasuredServiceTest {
    @Test
    void meanNanos_measuredSizes_areWhatWasMeasured() {
        MeasuredService service = service(Map.of(1, 100L, 4, 160L, 8, 150L));

        assertThat(service.meanNanos(1)).isEqualTo(100);
        assertThat(service.meanNanos(8)).isEqualTo(150);
        assertThat(service.nanos(4, new SplittableRandom(1))).isEqualTo(160);
    }

    @Test
    void meanNanos_betweenTwoSizes_isOnTheLineThroughThem() {
        MeasuredService service = service(Map.of(2, 100L, 6, 180L, 8, 150L));

        assertThat(service.meanNanos(3)).isEqualTo(120);
        assertThat(service.meanNanos(7)).isEqualTo(165);
    }

    @Test
    void meanNanos_beyondTheEnds_goesOnAsTheLastTwoSizes() {
        MeasuredService service = service(Map.of(4, 140L, 8, 180L));

        assertThat(service.meanNanos(16)).isEqualTo(260);
        assertThat(service.meanNanos(1)).isEqualTo(110);
    }

    @Test
    void meanNanos_lineThatWouldFallBeyondAnEnd_staysAsItIsThere() {
        MeasuredService service = service(Map.of(2, 190L, 4, 140L, 8, 120L));

        assertThat(service.meanNanos(16)).isEqualTo(120);
        assertThat(service.meanNanos(1)).as("a smaller batch takes no longer").isEqualTo(190);
    }

    @Test
    void meanNanos_oneSizeMeasured_largerOnesTakeTheirRowsShareMore() {
        MeasuredService service = service(Map.of(2, 100L));

        assertThat(service.meanNanos(8)).isEqualTo(400);
        assertThat(service.meanNanos(1)).isEqualTo(100);
    }

    @Test
    void new_nothingMeasured_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> service(Map.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> service(Map.of(0, 1L)));
    }

    private static MeasuredService service(Map<Integer, Long> nanosByRows) {
        return new MeasuredService(new TreeMap<>(nanosByRows));
    }
}
