package io.nereid.bench.load.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts what becomes of requests; any thread. */
final class OpenLoopTally {
    private static final int FIRST_CAPACITY = 1024;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private long[] latencies = new long[FIRST_CAPACITY];

    @GuardedBy("lock")
    private int answered;

    @GuardedBy("lock")
    private long late;

    @GuardedBy("lock")
    private long broken;

    @GuardedBy("lock")
    private final SortedMap<Integer, Long> refused = new TreeMap<>();

    /** A 200 within the deadline. */
    void answered(long nanos) {
        synchronized (lock) {
            if (answered == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * answered);
            }
            latencies[answered++] = nanos;
        }
    }

    /** Another status. */
    void refused(int status) {
        synchronized (lock) {
            refused.merge(status, 1L, Long::sum);
        }
    }

    /** No answer within the deadline. */
    void late() {
        synchronized (lock) {
            late++;
        }
    }

    /** No connection, or one that ended without an answer. */
    void broken() {
        synchronized (lock) {
            broken++;
        }
    }

    /** What was counted so far. */
    OpenLoopReport report(double seconds) {
        synchronized (lock) {
            long offered = answered + late + broken + refused.values().stream().mapToLong(Long::longValue).sum();
            return new OpenLoopReport(offered, refused, late, broken,
                    Latencies.of(Arrays.stream(latencies, 0, answered)), seconds);
        }
    }
}
