package io.nereid.perf.tune;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

import static org.assertj.core.api.Assertions.assertThat;

class SearchTest {
    private static final Batching OFF = new Batching.Off();
    private static final Batching AT_ONCE = new Batching.Dynamic(List.of(), 0);
    private static final Batching LATER = new Batching.Dynamic(List.of(), 1000);
    private static final Goal MOST = new Goal(Long.MAX_VALUE);
    private static final SearchSpace SPACE = new SearchSpace(SearchSpace.onProcessors(4), List.of(OFF, AT_ONCE, LATER));
    private static final Settings ONE_OFF = new Settings(new Placement(1, 1), OFF);

    private static final List<Settings> STARTS = List.of(ONE_OFF, new Settings(new Placement(1, 1), AT_ONCE));

    private final List<Settings> measured = new ArrayList<>();

    @Test
    void placementsFillTheProcessorsAtMost() {
        assertThat(SearchSpace.onProcessors(4)).containsExactlyInAnyOrder(new Placement(1, 1), new Placement(1, 2),
                new Placement(1, 4), new Placement(2, 1), new Placement(2, 2), new Placement(4, 1),
                new Placement(4, 1));
        assertThat(SearchSpace.onProcessors(6)).contains(new Placement(6, 1)).doesNotContain(new Placement(4, 2));
    }

    @Test
    void aSpaceHasEachPlacementOnce() {
        assertThat(SPACE.size()).isEqualTo(6 * 3);
        assertThat(SPACE.all()).doesNotHaveDuplicates().hasSize(SPACE.size());
    }

    @Test
    void aFullSearchTriesEachAndTheBestThreeTwice() throws Exception {
        Trial best = search(SearchTest::manyRows).full();

        assertThat(best.settings()).isEqualTo(new Settings(new Placement(1, 1), LATER));
        assertThat(measured).hasSize(SPACE.size() + 3).containsAll(SPACE.all());
    }

    @Test
    void aQuickSearchFindsOneInstanceThatBatchesThoughSeveralAreBetterWithout() throws Exception {
        List<Batching> delays = List.of(OFF, AT_ONCE, new Batching.Dynamic(List.of(), 10),
                new Batching.Dynamic(List.of(), 100), LATER);
        SearchSpace wide = new SearchSpace(SearchSpace.onProcessors(16), delays);
        Search search = search(wide, SearchTest::manyRows);

        Trial best = search.quick(STARTS);

        assertThat(best.settings()).isEqualTo(new Settings(new Placement(1, 1), LATER));
        assertThat(search.trials()).hasSizeLessThan(wide.size());
        assertThat(measured).as("one trial each, and the best three again").hasSize(search.trials().size() + 3);
    }

    @Test
    void theSecondTrialOfTheBestDecides() throws Exception {
        Search search = search(settings -> {
            boolean again = measured.indexOf(settings) < measured.size() - 1;
            boolean lucky = settings.equals(ONE_OFF);
            return lucky && !again ? 1000 : settings.batching().equals(AT_ONCE) ? 200 : 100;
        });

        assertThat(search.quick(STARTS).settings().batching()).isEqualTo(AT_ONCE);
        assertThat(search.trials().getFirst().settings().batching()).isEqualTo(AT_ONCE);
    }

    @Test
    void aTrialThatFailedIsNeverTheBest() throws Exception {
        Search search = new Search(SPACE, MOST, settings -> settings.batching().equals(OFF)
                ? new Trial(settings, List.of(new Level(1, 10, 5, 0)))
                : new Trial(settings, List.of()));

        assertThat(search.full().settings().batching()).isEqualTo(OFF);
    }

    private Search search(ToDoubleFunction<Settings> perSecond) {
        return search(SPACE, perSecond);
    }

    private Search search(SearchSpace space, ToDoubleFunction<Settings> perSecond) {
        return new Search(space, MOST, settings -> {
            measured.add(settings);
            return new Trial(settings, List.of(new Level(8, perSecond.applyAsDouble(settings), 1_000_000, 0)));
        });
    }

    /** A model whose call costs the same for many rows as for one. */
    private static double manyRows(Settings settings) {
        int instances = settings.placement().instances();
        int threads = settings.placement().threads();
        return switch (settings.batching()) {
            case Batching.Off() -> 100 * instances - threads;
            case Batching.Dynamic(var _, var delay) -> 10_000.0 / instances - threads + delay / 1000.0;
        };
    }
}
