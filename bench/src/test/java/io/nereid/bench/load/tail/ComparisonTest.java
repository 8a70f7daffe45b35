package io.nereid.bench.load.tail;

import io.nereid.bench.load.LoadException;
import io.nereid.perf.client.Latencies;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ComparisonTest {
    private static final Figures BARE = new Figures(150, 6, 10, 9_000);
    private static final Figures IDENTITY = new Figures(1_000, 1, 4, 1_000);

    private static Figures served(double p99Millis, double cpuMicros) {
        return new Figures(140, 7, p99Millis, cpuMicros);
    }

    private static Latencies millis(long first, long last) {
        return Latencies.of(LongStream.rangeClosed(first, last).map(millis -> millis * 1_000_000));
    }

    @Test
    void figures_secondsOfAnswers_areOfAllOfThem() throws LoadException {
        Figures figures = Figures.of(List.of(millis(1, 50), millis(51, 100)), 100_000_000);

        assertThat(figures).isEqualTo(new Figures(50, 50, 99, 1_000));
    }

    @Test
    void figures_noAnswers_areRefused() {
        assertThatThrownBy(() -> Figures.of(List.of(Latencies.NONE), 1)).isInstanceOf(LoadException.class);
    }

    @Test
    void turn_secondsBeforeItSettled_areOnlyInTheCourse() throws LoadException {
        Turn turn = new Turn(List.of(millis(500, 500), millis(1, 100), millis(1, 100)), 1, 200_000_000);

        assertThat(turn.figures()).isEqualTo(new Figures(100, 50, 99, 1_000));
        assertThat(turn.course()).isEqualTo("500.0 99.0 99.0");
    }

    @Test
    void aims_bareAndIdentity_areTheirSumAndALittle() {
        Comparison comparison = new Comparison(BARE, served(1, 1), IDENTITY);

        assertThat(comparison.maxP99Millis()).isCloseTo(1.1 * 11, within(1e-9));
        assertThat(comparison.maxCpuMicros()).isCloseTo(1.03 * 10_000, within(1e-9));
    }

    @Test
    void row_figures_tellsEachAimWhetherItIsMet() {
        assertThat(new Comparison(BARE, served(12.1, 10_815), IDENTITY).row("2", 8)).isEqualTo(
                """
                        | 2 | 8 | 150 | 140 | 1,000 | 6.0 | 7.0 | 1.0 | 10.0 | 12.1 | 12.1 | met | 9,000 | 10,815 | 1,000 | 10,300 \
                        | not met (+5 %) |
                        """);
    }

    @Test
    void median_rounds_isTakenFigureByFigure() {
        Comparison median = Comparison.median(List.of(new Comparison(BARE, served(30, 1), IDENTITY),
                new Comparison(BARE, served(10, 3), IDENTITY), new Comparison(BARE, served(20, 2), IDENTITY)));

        assertThat(median).isEqualTo(new Comparison(BARE, served(20, 2), IDENTITY));
    }
}
