package io.nereid.perf.tune;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class GoalTest {
    private static final Settings ANY = new Settings(new Placement(1, 1), new Batching.Off());
    private static final Goal WITHIN_TEN = new Goal(10);

    @Test
    void theFastestLevelWithinTheLimitCounts() {
        Trial trial = trial(new Level(1, 100, 5, 0), new Level(2, 150, 10, 0), new Level(4, 200, 11, 0));

        assertThat(WITHIN_TEN.within(trial.levels())).isEqualTo(new Level(2, 150, 10, 0));
    }

    @Test
    void aLevelWithErrorsDoesNot() {
        assertThat(WITHIN_TEN.within(List.of(new Level(1, 100, 5, 1), new Level(2, 0, 0, 0)))).isNull();
    }

    @Test
    void moreAnswersWithinTheLimitAreBetterThanFewer() {
        assertThat(WITHIN_TEN.compare(trial(new Level(1, 100, 9, 0)), trial(new Level(1, 101, 10, 0)))).isNegative();
    }

    @Test
    void aTrialWithinTheLimitIsBetterThanAFasterOneThatIsNot() {
        assertThat(WITHIN_TEN.compare(trial(new Level(1, 1, 10, 0)), trial(new Level(1, 1000, 11, 0)))).isPositive();
    }

    @Test
    void withoutALevelWithinTheLimitTheOneNearerToItIsBetter() {
        assertThat(WITHIN_TEN.compare(trial(new Level(1, 50, 20, 0)), trial(new Level(1, 100, 30, 0)))).isPositive();
        assertThat(WITHIN_TEN.compare(trial(new Level(1, 50, 20, 0)), new Trial(ANY, List.of()))).isPositive();
    }

    private static Trial trial(Level... levels) {
        return new Trial(ANY, List.of(levels));
    }
}
