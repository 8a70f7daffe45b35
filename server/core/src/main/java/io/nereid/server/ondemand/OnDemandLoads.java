package io.nereid.server.ondemand;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.Alarm;
import io.nereid.server.model.config.OnDemandConfig;
import io.nereid.server.ondemand.KnownModel.Place;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Begins loads and tells requests what came of them. A load begins when it is its turn, fewer than so many are under way,
 * and the {@link EvictionPolicy} says that there is room, or which models leave for it. While there is none for the first
 * one, the others wait too: else it might never come. Thread-safe; whatever blocks runs on the executor.
 */
final class OnDemandLoads {
    /** When to look again where room is made by requests that end. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** And where it is known when there will be at last: sequences that keep a model in its place may end before. */
    private static final long LONGEST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final OnDemandConfig config;
    private final ModelLoading loading;
    private final Alarm alarm;
    private final NanoClock clock;
    private final Executor executor;
    private final ReentrantLock lock;
    private final KnownModels models;
    private final OnDemandMeter meter;
    private final BiConsumer<KnownModel, WaitingRequest> handOver;
    private final ModelObservation observed;
    private final LoadRunner runner;
    @GuardedBy("lock")
    private final LoadQueue queue;
    @GuardedBy("lock")
    private final WaitingRequests waiting;
    @GuardedBy("lock")
    private Alarm.@Nullable Setting look;

    /**
     * Nothing is loaded yet.
     *
     * @param lock guards the models, the queue and the requests that wait
     * @param executor runs what blocks
     * @param handOver gives a request its model, which has been loaded
     */
    OnDemandLoads(OnDemandConfig config, ModelLoading loading, Alarm alarm, NanoClock clock, Executor executor,
            ReentrantLock lock, KnownModels models, LoadQueue queue, WaitingRequests waiting, OnDemandMeter meter,
            BiConsumer<KnownModel, WaitingRequest> handOver) {
        this.config = config;
        this.loading = loading;
        this.alarm = alarm;
        this.clock = clock;
        this.executor = executor;
        this.lock = lock;
        this.models = models;
        this.queue = queue;
        this.waiting = waiting;
        this.meter = meter;
        this.handOver = handOver;
        this.observed = new ModelObservation(loading, clock, lock);
        this.runner = new LoadRunner(loading, observed, config.longestWait(),
                model -> executor.execute(() -> left(model)));
    }

    /** Begins the loads that it is time for, and tells requests that wait in vain. */
    void advance() {
        PendingAnswers told = new PendingAnswers(meter);
        lock.lock();
        try {
            cancelLook();
            while (beginNext(told)) {
                // and the next
            }
        } finally {
            lock.unlock();
        }
        told.tell();
    }

    /** @return whether there may be another one to begin */
    @GuardedBy("lock")
    private boolean beginNext(PendingAnswers told) {
        long now = clock.nanoTime();
        LoadQueue.Next next = queue.next(model -> isBusy(model, now),
                model -> loading.keepsSequences(model.name), now);
        if (next == null) {
            return false;
        }
        PendingLoad load = next.load();
        return switch (next.room()) {
            case Room.Now(List<String> evicted) -> {
                queue.begin(next, evicted.stream().map(models::named).toList());
                executor.execute(() -> run(load));
                yield true;
            }
            case Room.Never(long most) -> {
                refuse(load, OnDemandErrors.tooLarge(load.model.name, next.bytes(), load.model.measured, most,
                        config.memoryBudget()), told);
                yield true;
            }
            case Room.Later(long atNanos) -> {
                boolean inVain = refuseUntil(load, atNanos, now, told);
                if (!inVain) {
                    lookIn(Math.min(atNanos - now, LONGEST_LOOK_NANOS));
                }
                yield inVain;
            }
            case Room.Unknown() -> {
                lookIn(LOOK_NANOS);
                yield false;
            }
        };
    }

    private boolean isBusy(KnownModel model, long now) {
        boolean busy = loading.isBusy(model.name);
        if (busy) {
            model.usedNanos = now; // it is, until its requests have ended
        }
        return busy;
    }

    /** Blocks for as long as the load takes. */
    private void run(PendingLoad load) {
        long began = clock.nanoTime();
        InferenceException error = null;
        try {
            runner.run(load);
        } catch (InferenceException e) {
            error = e;
        } finally {
            ended(load, error, clock.nanoTime() - began);
        }
        observed.measureAgain(models.all());
    }

    /** Nothing is left of a model that had to leave. */
    private void left(KnownModel model) {
        lock.lock();
        try {
            if (model.place == Place.LEAVING) {
                model.place = Place.ABSENT;
                model.leftFor = null;
                model.kept = model.sketch.keep();
                if (model.sketch.isUpload()) {
                    models.forget(model);
                }
            }
        } finally {
            lock.unlock();
        }
        advance();
    }

    private void ended(PendingLoad load, @Nullable InferenceException error, long tookNanos) {
        PendingAnswers told = new PendingAnswers(meter);
        lock.lock();
        try {
            long now = clock.nanoTime();
            queue.ended(load);
            load.loaded.forEach(model -> settle(model, now));
            if (load.othersLeft) {
                load.evicted.forEach(_ -> meter.evicted());
            } else {
                load.evicted.forEach(KnownModel::stay);
            }
            KnownModel model = load.model;
            if (error == null) {
                meter.loaded(tookNanos);
                model.failure = null;
                model.kept = model.sketch.keep() || !load.override.isNone();
            } else {
                meter.loadFailed();
                if (load.asked == null && error.retryAfterSeconds() == 0) { // else what a client brought may be wrong
                    model.failure = LoadFailure.after(model.failure, error, load.othersLeft, now);
                }
            }
            load.loaded.forEach(each -> tell(each, now, told));
        } finally {
            lock.unlock();
        }
        told.tell();
        load.complete(error);
        advance();
    }

    @GuardedBy("lock")
    private void settle(KnownModel model, long now) {
        boolean served = loading.isServed(model.name);
        model.place = served ? Place.LOADED : Place.ABSENT;
        if (served) {
            model.loadedNanos = now;
            model.usedNanos = now;
        }
    }

    /** Tells the requests that wait for a model whose load has ended. */
    @GuardedBy("lock")
    private void tell(KnownModel model, long now, PendingAnswers told) {
        LoadFailure failure = model.failure;
        if (model.place == Place.LOADED) {
            waiting.takeAll(model).forEach(request -> told.add(() -> handOver.accept(model, request)));
        } else if (failure != null && failure.pauseNanos(now) > 0) {
            told.refuse(waiting.takeAll(model),
                    OnDemandErrors.failed(model.name, failure.error(), failure.pauseNanos(now)));
        } else {
            // it was loaded for another one, or had no room
            model.waiting.forEach(request -> queue.ask(model, request.client()));
        }
    }

    /** A load that can never begin. */
    @GuardedBy("lock")
    private void refuse(PendingLoad load, InferenceException error, PendingAnswers told) {
        boolean _ = queue.remove(load);
        told.refuse(waiting.takeAll(load.model), error);
        told.add(() -> load.complete(error));
    }

    /** @return whether nobody waits for the load any longer: all of its requests would have gone before there is room */
    @GuardedBy("lock")
    private boolean refuseUntil(PendingLoad load, long atNanos, long now, PendingAnswers told) {
        told.refuse(waiting.takeThoseBefore(load.model, atNanos),
                OnDemandErrors.noRoom(load.model.name, atNanos - now));
        queue.forgetUnwanted(load.model);
        return !queue.contains(load);
    }

    @GuardedBy("lock")
    private void lookIn(long nanos) {
        look = alarm.in(Math.max(1, nanos), () -> executor.execute(this::advance));
    }

    @GuardedBy("lock")
    private void cancelLook() {
        Alarm.Setting set = look;
        look = null;
        if (set != null) {
            set.cancel();
        }
    }

    /** Takes a model out of service whose place says that it leaves. Blocks. */
    void leave(KnownModel model) {
        runner.leave(model);
    }

    /** Nothing begins by itself any more. */
    void stop() {
        lock.lock();
        try {
            cancelLook();
        } finally {
            lock.unlock();
        }
    }
}
