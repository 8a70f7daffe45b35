package io.nereid.perf.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * Looks for the best settings of a space. Each is tried once; the best few are tried again at the end, in turns, since on
 * a machine that others use, too, the first figure of a trial is as good as its neighbours let it be.
 *
 * <p>Not thread-safe; one per search.
 */
final class Search {
    private static final int FINALISTS = 3;

    private final SearchSpace space;
    private final Goal goal;
    private final Measure measure;
    private final SequencedMap<Settings, Trial> trials = new LinkedHashMap<>();
    private final List<Trial> decided = new ArrayList<>();

    /** Serves the settings under load. */
    @FunctionalInterface
    interface Measure {
        /** Blocks until the figures are there. */
        Trial measure(Settings settings) throws IOException, InterruptedException;
    }

    Search(SearchSpace space, Goal goal, Measure measure) {
        this.space = space;
        this.goal = goal;
        this.measure = measure;
    }

    /** What was tried so far: first the settings tried twice, by their second trial, then the others; the best first. */
    List<Trial> trials() {
        Stream<Trial> others = trials.values().stream().filter(trial -> !decided.contains(trial));
        return Stream.concat(decided.stream().sorted(goal.reversed()), others.sorted(goal.reversed())).toList();
    }

    /** Tries all. */
    Trial full() throws IOException, InterruptedException {
        for (Settings settings : space.all()) {
            trial(settings);
        }
        return decide();
    }

    /**
     * From each start: tries all placements with its batching, all ways of batching with the best placement, and so on in
     * turn with the better ones found, until nothing is better than what was found before. One start with batching and one
     * without are needed: where a batch costs little more than a row, one instance that batches is the best, and several
     * that do not are better than all their neighbours.
     */
    Trial quick(List<Settings> starts) throws IOException, InterruptedException {
        for (Settings start : starts) {
            climb(trial(start));
        }
        return decide();
    }

    private void climb(Trial start) throws IOException, InterruptedException {
        Trial best = start;
        Trial before;
        do {
            before = best;
            for (Placement placement : space.placements()) {
                best = better(best, trial(before.settings().with(placement)));
            }
            Settings placed = best.settings();
            for (Batching batching : space.batchings()) {
                best = better(best, trial(placed.with(batching)));
            }
        } while (goal.compare(best, before) > 0);
    }

    private Trial better(Trial known, Trial other) {
        return goal.compare(other, known) > 0 ? other : known;
    }

    private Trial trial(Settings settings) throws IOException, InterruptedException {
        Trial known = trials.get(settings);
        if (known == null) {
            known = measure.measure(settings);
            trials.putLast(settings, known);
        }
        return known;
    }

    /** The best by its second trial, of those that were best by their first. */
    private Trial decide() throws IOException, InterruptedException {
        List<Trial> finalists = trials().stream().limit(FINALISTS).toList();
        if (finalists.size() == 1) {
            return finalists.getFirst();
        }
        for (Trial first : finalists) {
            Trial second = measure.measure(first.settings());
            trials.put(first.settings(), second);
            decided.add(second);
        }
        return decided.stream().max(goal).orElseThrow();
    }
}
