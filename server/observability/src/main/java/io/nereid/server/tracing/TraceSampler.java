package io.nereid.server.tracing;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.concurrent.locks.ReentrantLock;

/** Chooses, by one state of the settings, which requests are traced, and counts them. Thread-safe. */
public final class TraceSampler {
    private final TraceSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private long seen;
    @GuardedBy("lock")
    private int remaining;
    /** Whether other settings have taken its place; its traces that are still to come are not many. */
    private volatile boolean retired;

    TraceSampler(TraceSettings settings) {
        this.settings = settings;
        this.remaining = settings.count();
    }

    /** What it was made with; its count is what {@link #remaining} began with. */
    TraceSettings settings() {
        return settings;
    }

    /** Whether it may ever choose a request. */
    boolean isOn() {
        return !settings.levels().isEmpty();
    }

    /** Whether the next request is traced; {@code forced} if its client does so. */
    boolean sample(boolean forced) {
        if (!isOn()) {
            return false;
        }
        lock.lock();
        try {
            boolean turn = settings.rate() > 0 && ++seen % settings.rate() == 0;
            if (remaining == 0 || !(turn || forced)) {
                return false;
            }
            if (remaining > 0) {
                remaining--;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** How many more may be traced; -1 for any number. */
    int remaining() {
        lock.lock();
        try {
            return remaining;
        } finally {
            lock.unlock();
        }
    }

    void retire() {
        retired = true;
    }

    boolean isRetired() {
        return retired;
    }
}
