package io.nereid.perf.tune;

import io.nereid.perf.report.TextTable;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the user sees of a search. */
final class TuneReport {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Goal goal;
    private final PrintStream out;
    private final PrintStream err;

    /**
     * Prepares the report.
     *
     * @param out what was found
     * @param err what goes on
     */
    TuneReport(Goal goal, PrintStream out, PrintStream err) {
        this.goal = goal;
        this.out = out;
        this.err = err;
    }

    /** Says what is looked for. */
    void begin(TuneOptions options, SearchSpace space) {
        String limit = goal.maxP99Nanos() == Long.MAX_VALUE ? ""
                : String.format(Locale.ROOT, " with p99 up to %.0f ms",
                        goal.maxP99Nanos() / NANOS_PER_MILLI);
        err.println("Most requests a second of " + options.model() + limit + ": "
                + (options.full() ? "all " : "some of ") + space.size() + " settings, three of them twice.");
    }

    /** Says what is being done. */
    void progress(String line) {
        err.println(line);
    }

    static String describe(Settings settings) {
        Placement placement = settings.placement();
        return placement.instances() + (placement.instances() == 1 ? " instance of " : " instances of ")
                + placement.threads() + (placement.threads() == 1 ? " thread" : " threads") + ", batching "
                + settings.batching();
    }

    static String describe(Level level) {
        return String.format(Locale.ROOT, "%d under way: %.1f requests/s, p99 %.2f ms%s", level.concurrency(),
                level.perSecond(), level.p99Nanos() / NANOS_PER_MILLI,
                level.errors() == 0 ? "" : ", " + level.errors() + " failed");
    }

    /** The trials in the order given, each with the level that counts. */
    void table(List<Trial> trials, List<Level> asWritten) {
        TextTable table = new TextTable(
                List.of("instances", "threads", "batching", "under way", "requests/s", "p99 ms"));
        for (Trial trial : trials) {
            Placement placement = trial.settings().placement();
            table.add(row(List.of(String.valueOf(placement.instances()), String.valueOf(placement.threads()),
                    trial.settings().batching().toString()), trial.levels()));
        }
        table.add(row(List.of("", "", "as written"), asWritten));
        out.println("\nThe best were tried twice and stand first, by their second trial:\n");
        out.print(table);
    }

    private List<String> row(List<String> what, List<Level> levels) {
        Level level = goal.within(levels);
        List<String> row = new ArrayList<>(what);
        row.addAll(level != null
                ? List.of(String.valueOf(level.concurrency()), String.format(Locale.ROOT, "%.1f", level.perSecond()),
                        millis(level))
                : levels.isEmpty() ? List.of("-", "failed", "-") : List.of("-", "-", millis(levels.getFirst())));
        return row;
    }

    private static String millis(Level level) {
        return String.format(Locale.ROOT, "%.2f", level.p99Nanos() / NANOS_PER_MILLI);
    }

    /** Says what is best, and how much better than the file as it is. */
    void choice(Trial best, List<Level> asWritten) {
        Level level = goal.within(best.levels());
        Level now = goal.within(asWritten);
        if (level != null) {
            String gain = now == null ? ""
                    : String.format(Locale.ROOT, ", %.2f times those of the file as it is written",
                            level.perSecond() / now.perSecond());
            out.println("\nBest: " + describe(best.settings()) + ": " + describe(level) + gain);
        }
    }
}
