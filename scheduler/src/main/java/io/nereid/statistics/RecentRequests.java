package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The successful requests of one model version of the last minute, the last {@link #CAPACITY} of them: kept while
 * somebody asks for them, as {@link ModelStatistics#keepRecent} says. Thread-safe; adding one allocates nothing.
 */
public final class RecentRequests {
    /** The most requests that are kept; they take 230 KB. */
    public static final int CAPACITY = 8192;

    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** How long they are kept on after they were asked for. */
    private static final long WANTED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final long[] arrivals = new long[CAPACITY];
    @GuardedBy("lock")
    private final long[] queued = new long[CAPACITY];
    @GuardedBy("lock")
    private final long[] computed = new long[CAPACITY];
    @GuardedBy("lock")
    private final int[] rows = new int[CAPACITY];
    @GuardedBy("lock")
    private long added;
    private volatile long askedNanos;

    /**
     * None yet, and asked for now.
     *
     * @param clock monotonic nanoseconds
     */
    public RecentRequests(LongSupplier clock) {
        this.clock = clock;
        askedNanos = clock.getAsLong();
    }

    /** Those of the last minute, in the order in which they ended. They are kept on for another ten minutes. */
    public List<RecentRequest> requests() {
        long now = clock.getAsLong();
        askedNanos = now;
        List<RecentRequest> recent = new ArrayList<>();
        lock.lock();
        try {
            for (long i = Math.max(0, added - CAPACITY); i < added; i++) {
                int at = (int) (i % CAPACITY);
                if (now - arrivals[at] <= WINDOW_NANOS) {
                    recent.add(new RecentRequest(arrivals[at], rows[at], queued[at], computed[at]));
                }
            }
        } finally {
            lock.unlock();
        }
        return recent;
    }

    /**
     * Adds a request that ends now.
     *
     * @return whether anybody still asks for such
     */
    boolean add(int rowsOfRequest, long queueNanos, long computeNanos) {
        long now = clock.getAsLong();
        lock.lock();
        try {
            int at = (int) (added++ % CAPACITY);
            arrivals[at] = now - queueNanos - computeNanos;
            queued[at] = queueNanos;
            computed[at] = computeNanos;
            rows[at] = Math.max(1, rowsOfRequest);
        } finally {
            lock.unlock();
        }
        return now - askedNanos <= WANTED_NANOS;
    }
}
