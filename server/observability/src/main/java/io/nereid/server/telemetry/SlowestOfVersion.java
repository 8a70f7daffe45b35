package io.nereid.server.telemetry;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The {@link #MOST} slowest requests of one model version of the last ten minutes, which pass minute by minute: so many
 * are kept of each, so that those of a slow minute do not hide what comes after it has passed. Thread-safe. A request
 * that is faster than the slowest of its minute costs one comparison.
 */
final class SlowestOfVersion {
    /** How many requests there are at most. */
    static final int MOST = 50;
    /** How far back. */
    static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Comparator<SlowRequest> BY_TIME = Comparator.comparingLong(SlowRequest::totalNanos);

    private final ReentrantLock lock = new ReentrantLock();
    /** The oldest first. */
    @GuardedBy("lock")
    private final ArrayDeque<Minute> minutes = new ArrayDeque<>();
    /** What a request of the newest minute has to be slower than, while that lasts. */
    private volatile Threshold threshold = new Threshold(0, -1);

    /** Requests that ended from {@code startNanos} on; the fastest of them first. */
    private record Minute(long startNanos, PriorityQueue<SlowRequest> requests) {}

    /** Requests that end before {@code endNanos} and took no longer than this are none of the slowest. */
    private record Threshold(long endNanos, long totalNanos) {}

    /** Whether a request that ends now, after so long, may be one of the slowest. */
    boolean isSlow(long nowNanos, long totalNanos) {
        Threshold least = threshold;
        return totalNanos > least.totalNanos || nowNanos - least.endNanos >= 0;
    }

    /** Adds a request that ends now; it stays if it is one of the slowest. */
    void add(long nowNanos, SlowRequest request) {
        lock.lock();
        try {
            add(minute(nowNanos), request);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void add(Minute minute, SlowRequest request) {
        minute.requests.add(request);
        if (minute.requests.size() > MOST) {
            minute.requests.remove();
        }
        SlowRequest least = minute.requests.element();
        threshold = new Threshold(minute.startNanos + MINUTE_NANOS,
                minute.requests.size() < MOST ? -1 : least.totalNanos());
    }

    /** The minute that it is; those that have passed too long ago are given up. */
    @GuardedBy("lock")
    private Minute minute(long nowNanos) {
        expire(nowNanos);
        Minute newest = minutes.peekLast();
        if (newest == null || nowNanos - newest.startNanos >= MINUTE_NANOS) {
            newest = new Minute(nowNanos, new PriorityQueue<>(BY_TIME));
            minutes.addLast(newest);
        }
        return newest;
    }

    @GuardedBy("lock")
    private void expire(long nowNanos) {
        while (!minutes.isEmpty() && nowNanos - minutes.getFirst().startNanos >= WINDOW_NANOS) {
            minutes.removeFirst();
        }
    }

    /** The slowest of all minutes, the slowest first. */
    List<SlowRequest> requests(long nowNanos) {
        lock.lock();
        try {
            expire(nowNanos);
            return minutes.stream().flatMap(minute -> minute.requests.stream()).sorted(BY_TIME.reversed()).limit(MOST)
                    .toList();
        } finally {
            lock.unlock();
        }
    }
}
