package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.BatchScheduler;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which instances of a group work. While none works and none is being made, the group's scheduler is suspended: no
 * request waits for an instance that may come in a minute or never. Thread-safe.
 */
final class InstanceStates {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final BatchScheduler scheduler;
    private final NanoClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final List<Entry> entries = new ArrayList<>();
    @GuardedBy("lock")
    private boolean suspended;
    @GuardedBy("lock")
    private long gone;
    @GuardedBy("lock")
    private long replaced;
    /** The first of all attempts that are due; null where none is. Written under the lock. */
    private volatile @Nullable Long nextAttemptNanos;

    InstanceStates(BatchScheduler scheduler, NanoClock clock) {
        this.scheduler = scheduler;
        this.clock = clock;
    }

    private enum State {
        WORKING,
        STARTING,
        WAITING
    }

    /** An instance that works. */
    Entry add(String name) {
        lock.lock();
        try {
            Entry entry = new Entry(name);
            entries.add(entry);
            Runnable _ = suspendOrResume(); // one that works suspends nothing
            return entry;
        } finally {
            lock.unlock();
        }
    }

    /** The instances as they are now. */
    InstanceCounts counts() {
        lock.lock();
        try {
            return new InstanceCounts(count(State.WORKING), count(State.STARTING), count(State.WAITING), gone,
                    replaced, crashLoop());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private int count(State state) {
        int count = 0;
        for (Entry entry : entries) {
            count += entry.state == state ? 1 : 0;
        }
        return count;
    }

    @GuardedBy("lock")
    private String crashLoop() {
        long now = clock.nanoTime();
        for (Entry entry : entries) {
            String text = entry.crashLoop.describe(entry.name, now);
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }

    private void gone(Entry entry, String why) {
        lock.lock();
        try {
            entry.crashLoop.gone(clock.nanoTime(), why);
        } finally {
            lock.unlock();
        }
    }

    private void change(Entry entry, State next, @Nullable Long attemptNanos) {
        Runnable step;
        lock.lock();
        try {
            gone += entry.state == State.WORKING ? 1 : 0;
            replaced += next == State.WORKING ? 1 : 0;
            entry.state = next;
            entry.attemptNanos = attemptNanos;
            step = suspendOrResume();
        } finally {
            lock.unlock();
        }
        step.run();
    }

    private void remove(Entry entry) {
        Runnable step;
        lock.lock();
        try {
            entries.remove(entry);
            step = suspendOrResume();
        } finally {
            lock.unlock();
        }
        step.run();
    }

    @GuardedBy("lock")
    private @Nullable Long firstAttempt() {
        Long first = null;
        for (Entry entry : entries) {
            Long attempt = entry.attemptNanos;
            first = attempt != null && (first == null || attempt - first < 0) ? attempt : first;
        }
        return first;
    }

    /** What is returned is to be run without the lock: it calls listeners. */
    @GuardedBy("lock")
    private Runnable suspendOrResume() {
        nextAttemptNanos = firstAttempt();
        boolean suspend = count(State.WAITING) == entries.size();
        if (suspend == suspended) {
            return InstanceStates::nothing;
        }
        suspended = suspend;
        if (suspend) {
            return scheduler.suspend(this::error);
        }
        scheduler.resume();
        return InstanceStates::nothing;
    }

    private static void nothing() {
        // The scheduler has rejected nobody.
    }

    /** Why requests are rejected, and when the next attempt is due. On any thread, without a lock. */
    private InferenceException error() {
        Long attempt = nextAttemptNanos;
        if (attempt == null) {
            return new InferenceException(ErrorCode.UNAVAILABLE, "no instance of the model is running");
        }
        long seconds = 1 + Math.max(0, attempt - clock.nanoTime()) / NANOS_PER_SECOND;
        return new InferenceException(ErrorCode.UNAVAILABLE,
                "no instance of the model is running; one is started again in " + seconds + " s")
                .withRetryAfter((int) seconds);
    }

    /** The state of one instance; used by its thread. */
    final class Entry {
        private final String name;

        // Under the lock of the states.

        private final CrashLoop crashLoop = new CrashLoop();
        private State state = State.WORKING;
        /** When the next attempt to replace it is due; null where none is. */
        private @Nullable Long attemptNanos;

        private Entry(String name) {
            this.name = name;
        }

        /** The instance is gone for that reason, or could not be made in the place of one. */
        void gone(String why) {
            InstanceStates.this.gone(this, why);
        }

        /** The instance is gone, or an attempt to replace it has failed: it is being made. */
        void starting() {
            change(this, State.STARTING, null);
        }

        /** The next attempt to replace it is due at that moment. */
        void waitsUntil(long nanos) {
            change(this, State.WAITING, nanos);
        }

        /** It is not replaced. */
        void isNotReplaced() {
            change(this, State.WAITING, null);
        }

        /** There is another instance in its place. */
        void working() {
            change(this, State.WORKING, null);
        }

        /** The group has it no longer. */
        void removed() {
            remove(this);
        }
    }
}
