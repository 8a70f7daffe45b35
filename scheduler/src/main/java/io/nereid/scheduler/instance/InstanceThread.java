package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.Alarm;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.statistics.InstanceStatistics;
import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread of one model instance, and of those that are made in its place when it is gone: runs the instance until
 * the scheduler is closed and empty. A platform thread, since native calls pin.
 */
final class InstanceThread {
    private final BatchScheduler scheduler;
    private final InstanceGroup.Member member;
    private final InstanceEnvironment environment;
    private final InternalErrorLog internalErrors;
    private final NanoClock clock;
    private final InstanceStatistics statistics;
    private final InstanceStates.Entry state;
    private final BackOff backOff = new BackOff();
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** What runs the instance there is; null while there is none. */
    @GuardedBy("lock")
    private @Nullable InstanceRunner runner;
    /** Whether it is to take no more work. */
    @GuardedBy("lock")
    private boolean removed;
    /** Whether no more requests come after those that are queued. */
    @GuardedBy("lock")
    private boolean stopping;
    @GuardedBy("lock")
    private boolean attemptIsDue;

    /** @param state of the instance in its group; the thread's from here on */
    InstanceThread(BatchScheduler scheduler, InstanceGroup.Member member, InstanceEnvironment environment,
            InstanceStates.Entry state) {
        this.scheduler = scheduler;
        this.member = member;
        this.environment = environment;
        this.internalErrors = environment.internalErrors();
        this.clock = environment.clock();
        this.state = state;
        ModelInstance instance = member.instance();
        this.statistics = environment.statistics().instance(instance.name(), instance.gpu());
        this.runner = runner(instance);
        this.thread = Thread.ofPlatform().name(instance.name()).unstarted(this::run);
    }

    private InstanceRunner runner(ModelInstance instance) {
        return new InstanceRunner(scheduler, instance, member.claim(), environment, statistics);
    }

    void start() {
        thread.start();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    /** Takes no more work, and ends when what it took has been run. */
    void remove() {
        lock.lock();
        try {
            removed = true;
            changed.signal();
            if (runner != null) {
                runner.remove();
            }
        } finally {
            lock.unlock();
        }
        abandonReplacement();
    }

    private void abandonReplacement() {
        Replacement replacement = member.replacement();
        if (replacement != null) {
            replacement.source().abandon();
        }
    }

    /** Nothing will come after what is queued: an instance that is gone is not waited for, nor one that is made. */
    void beginStop() {
        lock.lock();
        try {
            stopping = true;
            changed.signal();
            if (runner != null) {
                runner.instance().beginStop();
            }
        } finally {
            lock.unlock();
        }
        abandonReplacement();
    }

    /** Waits for the responses that a decoupled model still owes; after the thread has ended. */
    void awaitResponses() {
        InstanceRunner last = current();
        if (last != null) {
            last.awaitResponses();
        }
    }

    /** Closes the instance there is, if any, then the claim; after the thread has ended. */
    void close() {
        state.removed();
        InstanceRunner last = current();
        RateLimiter.Claim claim = member.claim();
        try {
            if (last != null) {
                last.instance().close();
            }
        } finally {
            if (claim != null) {
                claim.close();
            }
        }
    }

    /** What its instance says to whether it is ready; there is no such answer while there is no instance. */
    Optional<CompletableFuture<Boolean>> askReady() {
        InstanceRunner running = current();
        return running == null ? Optional.empty() : Optional.of(running.instance().askReady());
    }

    private @Nullable InstanceRunner current() {
        lock.lock();
        try {
            return runner;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try (statistics) {
            InstanceRunner running = current();
            while (running != null) {
                long began = clock.nanoTime();
                boolean gone = running.run();
                backOff.gone(clock.nanoTime() - began, running.hasAnswered());
                running = gone ? replace(running) : null;
            }
        }
    }

    /** Another instance in the place of one that is gone; null if there will be none. */
    private @Nullable InstanceRunner replace(InstanceRunner gone) {
        state.gone(gone.whyGone());
        state.starting();
        closeGone(gone);
        Replacement replacement = member.replacement();
        while (replacement != null && awaitAttempt(replacement)) {
            state.starting();
            ModelInstance made = create(replacement.source());
            if (made != null) {
                return install(made);
            }
        }
        state.isNotReplaced();
        return null;
    }

    /** Nothing it throws keeps another one from being made. */
    private void closeGone(InstanceRunner gone) {
        gone.awaitResponses();
        lock.lock();
        try {
            runner = null;
        } finally {
            lock.unlock();
        }
        try {
            gone.instance().close();
        } catch (RuntimeException | Error e) {
            internalErrors.unexpected(gone.instance().name(), e);
        }
    }

    private @Nullable ModelInstance create(Replacement.Source source) {
        try {
            return source.create();
        } catch (InferenceException | RuntimeException | Error e) {
            state.gone(String.valueOf(e.getMessage()));
            if (e instanceof InferenceException && isLeaving()) {
                return null; // it was abandoned
            }
            internalErrors.unexpected(member.instance().name(), e);
            return null;
        }
    }

    private boolean isLeaving() {
        lock.lock();
        try {
            return removed || stopping;
        } finally {
            lock.unlock();
        }
    }

    private InstanceRunner install(ModelInstance made) {
        InstanceRunner installed = runner(made);
        lock.lock();
        try {
            runner = installed;
            if (removed) {
                installed.remove();
            }
            if (stopping) {
                made.beginStop();
            }
        } finally {
            lock.unlock();
        }
        state.working();
        return installed;
    }

    /** Waits until the next attempt is due; returns false if there is to be none. */
    private boolean awaitAttempt(Replacement replacement) {
        long delay = backOff.nextNanos();
        if (delay > 0) {
            state.waitsUntil(clock.nanoTime() + delay);
        }
        lock.lock();
        try {
            attemptIsDue = delay == 0;
            Alarm.Setting setting = attemptIsDue ? () -> {
            } : replacement.alarm().in(delay, this::attemptIsDue);
            while (!attemptIsDue && !removed && !stopping) {
                changed.awaitUninterruptibly();
            }
            setting.cancel();
            return attemptIsDue && !removed;
        } finally {
            lock.unlock();
        }
    }

    private void attemptIsDue() {
        lock.lock();
        try {
            attemptIsDue = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
