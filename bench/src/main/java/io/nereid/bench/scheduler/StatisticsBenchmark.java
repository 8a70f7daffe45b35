package io.nereid.bench.scheduler;

import io.nereid.statistics.CloseReason;
import io.nereid.statistics.InstanceStatistics;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What it costs to record an execution of one request, by instances of one model that each have a thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StatisticsBenchmark {
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());

    /** The instance of one thread. */
    @State(Scope.Thread)
    public static class OneInstance {
        private @Nullable InstanceStatistics instance;

        /** Adds it to the model. */
        @Setup
        public void add(StatisticsBenchmark benchmark) {
            instance = benchmark.statistics.instance("m", ModelStatistics.NO_GPU);
        }

        private void record() {
            InstanceStatistics recording = Objects.requireNonNull(instance);
            recording.recordSuccess(1, 20_000, 1_000, 100_000, 1_000);
            recording.recordExecution(1, CloseReason.INSTANCE_IDLE, 1_000, 100_000, 1_000);
        }
    }

    /** One instance. */
    @Benchmark
    @Threads(1)
    public void one(OneInstance instance) {
        instance.record();
    }

    /** Two at the same time. */
    @Benchmark
    @Threads(2)
    public void two(OneInstance instance) {
        instance.record();
    }
}
