package io.nereid.server.model;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shares requests out among versions. Each request adds to every version what it is owed of it, and goes to the one that
 * is owed most: so after any number of requests each has had its part of them, less than one request more or less for
 * two versions. Thread-safe; no method waits for more than a few additions.
 */
final class AliasChoice {
    private final ReentrantLock lock = new ReentrantLock();
    /** By version: the requests that it should have had and has not; negative for what it has had too many. */
    @GuardedBy("lock")
    private final Map<Long, Double> owed = new HashMap<>();
    private final Map<Long, LongAdder> requests = new ConcurrentHashMap<>();

    /**
     * The version that gets the next request.
     *
     * @param shares of the versions that can, at least one, each more than 0; they need not add up to 1
     */
    long next(SortedMap<Long, Double> shares) {
        double all = 0;
        for (double share : shares.values()) {
            all += share;
        }
        lock.lock();
        try {
            owed.keySet().retainAll(shares.keySet());
            long chosen = shares.lastKey();
            double most = Double.NEGATIVE_INFINITY;
            for (Map.Entry<Long, Double> share : shares.entrySet()) {
                double now = owed.merge(share.getKey(), share.getValue() / all, Double::sum);
                if (now > most) {
                    most = now;
                    chosen = share.getKey();
                }
            }
            owed.merge(chosen, -1.0, Double::sum);
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    /** A request went to that version. */
    void count(long version) {
        requests.computeIfAbsent(version, _ -> new LongAdder()).increment();
    }

    /** The requests that went there. */
    long requests(long version) {
        LongAdder counted = requests.get(version);
        return counted == null ? 0 : counted.sum();
    }
}
