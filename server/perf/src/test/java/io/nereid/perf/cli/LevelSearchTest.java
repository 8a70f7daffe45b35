package io.nereid.perf.cli;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class LevelSearchTest {
    /** The levels that are measured where all above the limit are beyond the threshold. */
    private static List<Double> measured(LevelSearch search, double limit) {
        List<Double> levels = new ArrayList<>();
        for (OptionalDouble next = search.next(); next.isPresent(); next = search.next()) {
            levels.add(next.getAsDouble());
            search.measured(next.getAsDouble() > limit);
        }
        return levels;
    }

    @Test
    void linear_endsAfterTheFirstThatIsBeyond() {
        assertThat(measured(LevelSearch.linear(new LevelRange(1, 9, 2)), 5)).containsExactly(1.0, 3.0, 5.0, 7.0);
        assertThat(measured(LevelSearch.linear(new LevelRange(1, 5, 2)), 50)).containsExactly(1.0, 3.0, 5.0);
        assertThat(measured(LevelSearch.linear(new LevelRange(1, 0, 1)), 2)).containsExactly(1.0, 2.0, 3.0);
    }

    @Test
    void binary_halvesUntilTheStepIsLeft() {
        assertThat(measured(LevelSearch.binary(new LevelRange(1, 64, 1), true), 10)).containsExactly(1.0, 64.0, 32.0,
                16.0, 8.0, 12.0, 10.0, 11.0);
        assertThat(measured(LevelSearch.binary(new LevelRange(1, 64, 8), true), 10)).containsExactly(1.0, 64.0, 32.0,
                16.0, 8.0);
        assertThat(measured(LevelSearch.binary(new LevelRange(1, 2, 0.25), false), 1.6)).containsExactly(1.0, 2.0, 1.5,
                1.75);
    }

    @Test
    void binary_finds_everyLimit() {
        for (int limit = 1; limit < 100; limit++) {
            int found = limit;
            List<Double> levels = measured(LevelSearch.binary(new LevelRange(1, 100, 1), true), limit);
            assertThat(levels.stream().filter(level -> level <= found).max(Double::compare)).hasValue((double) limit);
            assertThat(levels).hasSizeLessThan(11).doesNotHaveDuplicates();
        }
    }

    @Test
    void binary_endsWhereTheFirstIsBeyond_orTheLastIsNot() {
        assertThat(measured(LevelSearch.binary(new LevelRange(4, 64, 1), true), 3)).containsExactly(4.0);
        assertThat(measured(LevelSearch.binary(new LevelRange(4, 64, 1), true), 64)).containsExactly(4.0, 64.0);
    }
}
