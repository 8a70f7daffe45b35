package io.nereid.bench.load;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.perf.client.Latencies;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Collects how long answers took, second by second, from a beginning to an end. Safe for use by several threads. */
public final class Course {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long startNanos;
    private final int seconds;
    @GuardedBy("this")
    private final List<LongStream.Builder> answers;

    private Course(long startNanos, int seconds) {
        this.startNanos = startNanos;
        this.seconds = seconds;
        this.answers = IntStream.range(0, seconds).mapToObj(second -> LongStream.builder()).toList();
    }

    /**
     * An empty one.
     *
     * @param startNanos of {@link System#nanoTime}
     */
    public static Course from(long startNanos, int seconds) {
        return new Course(startNanos, seconds);
    }

    /** When it ends, of {@link System#nanoTime}. */
    public long endNanos() {
        return nanosAt(seconds);
    }

    /** When so many seconds of it are over, of {@link System#nanoTime}. */
    public long nanosAt(int second) {
        return startNanos + second * NANOS_PER_SECOND;
    }

    /** From its beginning to its end. */
    public int seconds() {
        return seconds;
    }

    /**
     * Adds an answer unless it came after the end.
     *
     * @param atNanos when it came, of {@link System#nanoTime}
     */
    public synchronized void add(long atNanos, long latencyNanos) {
        int second = (int) ((atNanos - startNanos) / NANOS_PER_SECOND);
        if (second < seconds) {
            answers.get(second).add(latencyNanos);
        }
    }

    /** The answers of each second. To be asked for once, when nothing is added any more. */
    public synchronized List<Latencies> bySecond() {
        return answers.stream().map(second -> Latencies.of(second.build())).toList();
    }
}
