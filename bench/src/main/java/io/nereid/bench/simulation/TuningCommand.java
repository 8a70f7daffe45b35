package io.nereid.bench.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.simulation.ArrivalPattern;
import io.nereid.simulation.FixedSettings;
import io.nereid.simulation.LinearService;
import io.nereid.simulation.Report;
import io.nereid.simulation.ServiceLaw;
import io.nereid.simulation.Setup;
import io.nereid.simulation.Simulation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code bench/run tuning}: the tuner beside the best fixed setting, over patterns, loads and laws of cost. */
public final class TuningCommand {
    private static final long MILLIS = 1_000_000;
    private static final int MAX_BATCH_SIZE = 128;
    private static final double[] LOADS = {0.3, 0.8, 1.0, 2.0};
    private static final String ROW = "| %-26s | %9s | %5s | %-28s | %8s | %8s | %6s | %9s | %9s | %6s |%n";

    /**
     * One model and what is asked of it.
     *
     * @param name for the table
     * @param service how long it runs
     * @param instances of it
     * @param targetNanos p99 asked for
     */
    record Case(String name, ServiceLaw service, int instances, long targetNanos) {}

    static final List<Case> CASES = List.of(
            new Case("per call", new LinearService(5 * MILLIS, MILLIS / 20, 0), 1, 15 * MILLIS),
            new Case("per call, jitter", new LinearService(5 * MILLIS, MILLIS / 20, 0.1), 1, 20 * MILLIS),
            new Case("per call, 4 instances", new LinearService(5 * MILLIS, MILLIS / 20, 0.05), 4, 15 * MILLIS),
            new Case("per row", new LinearService(0, 5 * MILLIS, 0.05), 2, 50 * MILLIS),
            new Case("mixed, wide target", new LinearService(2 * MILLIS, MILLIS, 0.05), 1, 200 * MILLIS));

    private TuningCommand() {}

    /** The patterns at a mean rate. */
    static List<ArrivalPattern> patterns(double rate) {
        return List.of(new ArrivalPattern.Constant(rate), new ArrivalPattern.Poisson(rate),
                new ArrivalPattern.Bursty(2 * rate, 200 * MILLIS, 200 * MILLIS));
    }

    /** The simulation of a case under a pattern, without tuner. */
    static Setup setup(Case one, ArrivalPattern pattern, int seconds) {
        return new Setup(pattern, 1, 1, one.service(), one.instances(), new BatchPolicy(MAX_BATCH_SIZE, List.of(), 0),
                QueuePolicy.UNLIMITED, 0, one.targetNanos(), 2000 * MILLIS, seconds * 1000L * MILLIS, 1);
    }

    /** The rate that the largest batches whose service fills half of the target can serve. */
    static double capacity(Case one) {
        int rows = MAX_BATCH_SIZE;
        while (rows > 1 && 2 * one.service().meanNanos(rows) > one.targetNanos()) {
            rows--;
        }
        return one.service().capacity(one.instances(), rows);
    }

    /** Prints the table; takes minutes. */
    public static void main(String... arguments) {
        System.out.printf(ROW, "model", "offered/s", "load", "pattern: best fixed setting", "fixed/s", "tuned/s",
                "ratio",
                "p99 fixed", "p99 tuned", "target");
        for (Case one : CASES) {
            for (double load : LOADS) {
                for (ArrivalPattern pattern : patterns(load * capacity(one))) {
                    compare(one, load, pattern);
                }
            }
        }
    }

    private static void compare(Case one, double load, ArrivalPattern pattern) {
        Setup setup = setup(one, pattern, 12);
        Report tuned = Simulation.run(setup.withTarget(one.targetNanos()));
        Optional<FixedSettings.Tried> best = FixedSettings.best(setup, one.targetNanos());
        double fixed = best.map(tried -> tried.report().throughput()).orElse(0.0);
        System.out.printf(ROW, one.name(), number("%,.0f", pattern.meanRate()), number("%.1f", load),
                pattern.getClass().getSimpleName() + ": " + best.map(tried -> describe(tried.setup())).orElse("none"),
                number("%,.0f", fixed), number("%,.0f", tuned.throughput()),
                number("%.3f", fixed == 0 ? Double.NaN : tuned.throughput() / fixed),
                best.map(tried -> Report.millis(tried.report().latency(0.99))).orElse("-"),
                Report.millis(tuned.latency(0.99)), one.targetNanos() / MILLIS);
    }

    private static String describe(Setup setup) {
        return "%d, %.1f ms, %d".formatted(setup.batching().maxBatchSize(),
                setup.batching().maxQueueDelayNanos() / 1e6, setup.queuePolicy().maxQueueSize());
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
