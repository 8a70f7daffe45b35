package io.nereid.statistics;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What one instance, or all of them together, did on one device. Not thread-safe; recording allocates nothing. */
final class DeviceSums {
    private static final long NANOS_PER_MICRO = 1_000;

    private final int gpu;
    private final List<Double> quantiles;
    private final EnumMap<Phase, Times> times = new EnumMap<>(Phase.class);
    private long success;
    private long inferences;
    private long executions;
    private long busyNanos;
    private long stepStartMillis;

    /** @param quantiles that are asked for; none saves memory */
    DeviceSums(int gpu, List<Double> quantiles, long nowMillis) {
        this.gpu = gpu;
        this.quantiles = quantiles;
        this.stepStartMillis = nowMillis;
        for (Phase phase : Phase.values()) {
            times.put(phase, new Times(quantiles.isEmpty() ? null : new SlidingDistribution()));
        }
    }

    int gpu() {
        return gpu;
    }

    /** Lets go of what is older than a minute; where quantiles are asked for, called before anything is added. */
    void slide(long nowMillis) {
        long passed = (nowMillis - stepStartMillis) / SlidingDistribution.STEP_MILLIS;
        if (passed <= 0) { // a wall clock that is set back keeps the minute for longer
            return;
        }
        for (Times ofPhase : times.values()) {
            for (long i = 0; i < Math.min(passed, SlidingDistribution.STEPS); i++) {
                ofPhase.slide();
            }
        }
        stepStartMillis += passed * SlidingDistribution.STEP_MILLIS;
    }

    void success(int rows) {
        success++;
        inferences += Math.max(1, rows);
    }

    /** A request that was answered without an execution. */
    void answered(long nanos) {
        success++;
        add(Phase.REQUEST, nanos);
        add(Phase.QUEUE, 0);
    }

    /** Adds a request's time in one phase. Each is cut to whole microseconds by itself, as in Triton. */
    void add(Phase phase, long nanos) {
        Objects.requireNonNull(times.get(phase)).add(nanos / NANOS_PER_MICRO);
    }

    void execution() {
        executions++;
    }

    void busy(long nanos) {
        busyNanos += nanos;
    }

    /** Adds what was done on the same device, both as they are at {@code nowMillis}. */
    void add(DeviceSums other, long nowMillis) {
        slide(nowMillis);
        other.slide(nowMillis);
        success += other.success;
        inferences += other.inferences;
        executions += other.executions;
        busyNanos += other.busyNanos;
        times.forEach((phase, ofPhase) -> ofPhase.add(Objects.requireNonNull(other.times.get(phase))));
    }

    long busyNanos() {
        return busyNanos;
    }

    DeviceSnapshot snapshot() {
        Map<Phase, Long> micros = new EnumMap<>(Phase.class);
        Map<Phase, SummarySnapshot> summaries = new EnumMap<>(Phase.class);
        times.forEach((phase, ofPhase) -> {
            micros.put(phase, ofPhase.micros);
            if (ofPhase.distribution != null) {
                summaries.put(phase, ofPhase.distribution.snapshot(quantiles));
            }
        });
        return new DeviceSnapshot(gpu, success, inferences, executions, busyNanos, micros, summaries);
    }

    private static final class Times {
        private final @Nullable SlidingDistribution distribution;
        private long micros;

        Times(@Nullable SlidingDistribution distribution) {
            this.distribution = distribution;
        }

        void add(long more) {
            micros += more;
            if (distribution != null) {
                distribution.record(more);
            }
        }

        void add(Times other) {
            micros += other.micros;
            if (distribution != null && other.distribution != null) {
                distribution.add(other.distribution);
            }
        }

        void slide() {
            if (distribution != null) {
                distribution.slide();
            }
        }
    }
}
