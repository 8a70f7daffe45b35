package io.nereid.perf.measure;

import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.RunningLoad;
import io.nereid.perf.client.Sample;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/** A load in simulated time: waiting for it is what makes the time pass. */
final class FakeLoad implements RunningLoad {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** What is answered, and how fast, from a moment on. */
    interface Behaviour {
        /** Answers a second at that second of the load. */
        int perSecond(double second);

        /** How long they took. */
        long latencyNanos(double second);
    }

    private final FakeClock clock;
    private final Behaviour behaviour;
    private final long startNanos;
    private final long endNanos;
    private long takenNanos;
    boolean closed;

    /** The time. */
    static final class FakeClock implements LongSupplier {
        private long nanos = 42;

        @Override
        public long getAsLong() {
            return nanos;
        }
    }

    /** Runs for so many seconds. */
    FakeLoad(FakeClock clock, Behaviour behaviour, double seconds) {
        this.clock = clock;
        this.behaviour = behaviour;
        this.startNanos = clock.nanos;
        this.takenNanos = clock.nanos;
        this.endNanos = clock.nanos + (long) (seconds * NANOS_PER_SECOND);
    }

    @Override
    public Sample take() {
        double second = (takenNanos - startNanos) / (double) NANOS_PER_SECOND;
        int count = (int) Math
                .round(behaviour.perSecond(second) * (clock.nanos - takenNanos) / (double) NANOS_PER_SECOND);
        takenNanos = clock.nanos;
        long latency = behaviour.latencyNanos(second);
        return count < 0
                ? new Sample(Latencies.NONE, 0, Failures.broken(-count), List.of("refused"), 0, AnswersByClient.NONE)
                : new Sample(Latencies.of(LongStream.generate(() -> latency).limit(count)), count, Failures.NONE,
                        List.of(), 1, AnswersByClient.NONE);
    }

    @Override
    public boolean awaitEnd(long nanos) {
        clock.nanos += Math.min(nanos, endNanos - clock.nanos);
        return clock.nanos >= endNanos;
    }

    @Override
    public void close() {
        closed = true;
    }
}
