package io.nereid.server.console;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.NanoClock;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.RecentRequest;
import io.nereid.statistics.RecentRequests;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The versions whose single requests are kept, since somebody looks at them: at most {@link #MOST}, those that were
 * looked at last. Thread-safe. What nobody has asked for in ten minutes takes no more requests up.
 */
final class WatchedVersions {
    /** Each takes 230 KB. */
    static final int MOST = 16;

    private final NanoClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** By when they were asked for, the latest last. */
    @GuardedBy("lock")
    private final LinkedHashMap<ModelStatistics, RecentRequests> watched = new LinkedHashMap<>(16, 0.75f, true);

    WatchedVersions(NanoClock clock) {
        this.clock = clock;
    }

    /** The requests of the last minute, since somebody began to ask for them. */
    List<RecentRequest> requests(ModelStatistics version) {
        RecentRequests recent;
        lock.lock();
        try {
            recent = watched.computeIfAbsent(version, _ -> new RecentRequests(clock::nanoTime));
            if (watched.size() > MOST) {
                Map.Entry<ModelStatistics, RecentRequests> longest = watched.pollFirstEntry();
                longest.getKey().keepRecent(null);
            }
            version.keepRecent(recent);
        } finally {
            lock.unlock();
        }
        return recent.requests();
    }
}
