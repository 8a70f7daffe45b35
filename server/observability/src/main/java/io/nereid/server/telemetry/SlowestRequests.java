package io.nereid.server.telemetry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.NanoClock;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The slowest requests of those model versions that somebody has asked for in the last ten minutes, of at most
 * {@link #MOST_VERSIONS} of them: no other request is observed for this. Thread-safe.
 */
public final class SlowestRequests {
    /** A version takes up to 500 KB. */
    static final int MOST_VERSIONS = 16;

    private static final long WANTED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final NanoClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** By when they were asked for, the latest last. */
    @GuardedBy("lock")
    private final LinkedHashMap<ModelOfVersion, SlowestOfVersion> asked = new LinkedHashMap<>(16, 0.75f, true);
    /** The same for readers without the lock. Empty while nobody asks. */
    private volatile Map<ModelOfVersion, SlowestOfVersion> watched = Map.of();
    private volatile long askedNanos;

    private record ModelOfVersion(String model, long version) {}

    /** @param clock the clock of the models' schedulers */
    public SlowestRequests(NanoClock clock) {
        this.clock = clock;
    }

    /** How far back the requests go at most. */
    public static Duration window() {
        return Duration.ofNanos(SlowestOfVersion.WINDOW_NANOS);
    }

    /**
     * The slowest requests of a version since somebody began to ask for them, of the last ten minutes, the slowest
     * first. They are kept for another ten minutes.
     */
    public List<SlowRequest> of(String model, long version) {
        return watched(model, version).requests(clock.nanoTime());
    }

    /** Keeps the slowest requests of a version from now on, for ten minutes after this was asked for last. */
    public void watch(String model, long version) {
        SlowestOfVersion _ = watched(model, version);
    }

    private SlowestOfVersion watched(String model, long version) {
        askedNanos = clock.nanoTime();
        lock.lock();
        try {
            SlowestOfVersion slowest = asked.computeIfAbsent(new ModelOfVersion(model, version),
                    _ -> new SlowestOfVersion());
            if (asked.size() > MOST_VERSIONS) {
                asked.pollFirstEntry();
            }
            watched = Map.copyOf(asked);
            return slowest;
        } finally {
            lock.unlock();
        }
    }

    /** Whether any request is of interest now. */
    boolean isOn() {
        if (watched.isEmpty()) {
            return false;
        }
        if (clock.nanoTime() - askedNanos > WANTED_NANOS) {
            forget();
            return false;
        }
        return true;
    }

    private void forget() {
        lock.lock();
        try {
            asked.clear();
            watched = Map.of();
        } finally {
            lock.unlock();
        }
    }

    /** Where requests of that version are kept; null if nobody asks for them. */
    @Nullable
    SlowestOfVersion find(String model, long version) {
        Map<ModelOfVersion, SlowestOfVersion> versions = watched;
        return versions.isEmpty() ? null : versions.get(new ModelOfVersion(model, version));
    }
}
