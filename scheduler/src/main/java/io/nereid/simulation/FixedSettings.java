package io.nereid.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Looks for the best that a configuration without the tuner can do, by trying. */
public final class FixedSettings {
    private static final double[] QUEUE_IN_BATCHES = {0.5, 0.75, 1, 1.5, 2, 3, 4, 6};

    private FixedSettings() {}

    /**
     * One setting and what came of it.
     *
     * @param setup the setting
     * @param report what came of it
     */
    public record Tried(Setup setup, Report report) {
        boolean keeps(long targetNanos) {
            return report.answers() > 0 && report.latency(0.99) <= targetNanos;
        }
    }

    /** Of all settings whose p99 is within the target the one with the most answers per second; empty if none is. */
    public static Optional<Tried> best(Setup setup, long targetNanos) {
        return settings(setup.withTarget(0), targetNanos).parallel().map(one -> new Tried(one, Simulation.run(one)))
                .filter(tried -> tried.keeps(targetNanos))
                .max(Comparator.comparingDouble(tried -> tried.report().throughput()));
    }

    private static Stream<Setup> settings(Setup setup, long targetNanos) {
        return sizes(setup.batching().maxBatchSize()).boxed()
                .flatMap(size -> delays(targetNanos).boxed().flatMap(delay -> queues(size).boxed().map(queue -> setup
                        .withBatching(new BatchPolicy(size, List.of(), delay))
                        .withQueuePolicy(new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 0, false, queue)))));
    }

    /** Each about a sixth larger than the one before. */
    private static IntStream sizes(int most) {
        return IntStream.concat(IntStream.iterate(1, size -> size < most, size -> Math.max(size + 1, size * 7 / 6)),
                IntStream.of(most));
    }

    private static LongStream delays(long targetNanos) {
        return LongStream.of(0, targetNanos / 16, targetNanos / 4);
    }

    private static LongStream queues(int size) {
        return LongStream.concat(LongStream.of(0), DoubleStream.of(QUEUE_IN_BATCHES)
                .mapToLong(batches -> Math.max(1, Math.round(batches * size))).distinct());
    }
}
