package io.nereid.server.ondemand;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.Alarm;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.config.OnDemandConfig;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.ondemand.KnownModel.Place;
import io.nereid.server.protocol.InFlight;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The models that are loaded when they are asked for, the requests that wait for them, and the loads and unloads that
 * clients ask for by name. Thread-safe; nothing but {@link #unload} blocks, and requests are told without the lock.
 */
final class OnDemandModels implements ModelDemand {
    private final OnDemandConfig config;
    private final ModelLoading loading;
    private final Alarm alarm;
    private final NanoClock clock;
    private final Executor executor;
    private final InFlight inFlight = new InFlight();
    private final OnDemandMeter meter = new OnDemandMeter();
    private final ReentrantLock lock = new ReentrantLock();
    private final KnownModels models = new KnownModels();
    private final OnDemandLoads loads;
    @GuardedBy("lock")
    private final LoadQueue queue;
    @GuardedBy("lock")
    private final WaitingRequests waiting;
    @GuardedBy("lock")
    private boolean stopping;

    /**
     * Nothing is known yet.
     *
     * @param mostLoads how many loads may be under way at once
     * @param executor runs what blocks
     */
    OnDemandModels(OnDemandConfig config, int mostLoads, ModelLoading loading, Alarm alarm, NanoClock clock,
            Executor executor) {
        this.config = config;
        this.loading = loading;
        this.alarm = alarm;
        this.clock = clock;
        this.executor = executor;
        this.queue = new LoadQueue(models, new EvictionPolicy(config.memoryBudget()), config.safeTime(), mostLoads);
        this.waiting = new WaitingRequests(config.mostWaiting());
        this.loads = new OnDemandLoads(config, loading, alarm, clock, executor, lock, models, queue, waiting, meter,
                this::handOver);
    }

    // Models

    /** Makes models known, or known anew: by what their files are now. */
    void know(Collection<ModelSketch> sketches) {
        lock.lock();
        try {
            models.know(sketches);
        } finally {
            lock.unlock();
        }
    }

    /** A model that is known; null for any other. */
    @Nullable
    KnownModel known(String model) {
        return models.named(model);
    }

    /** All models that are known. */
    Collection<KnownModel> all() {
        return models.all();
    }

    @Override
    public boolean knows(String model) {
        return models.named(model) != null;
    }

    @Override
    public void asked(String model) {
        KnownModel known = models.named(model);
        if (known != null) {
            known.usedNanos = clock.nanoTime();
        }
    }

    @Override
    public InFlight waiting() {
        return inFlight;
    }

    /** What has been done, and how it is now. */
    OnDemandCounts counts() {
        lock.lock();
        try {
            return meter.counts(config.memoryBudget(), queue.occupancy().heldBytes(), models.all().size(),
                    models.in(Place.LOADED).size(), queue.underWay(), waiting.count());
        } finally {
            lock.unlock();
        }
    }

    // Requests

    @Override
    public void await(String name, String version, Waiter waiter) {
        WaitingRequest request = new WaitingRequest(version, waiter,
                clock.nanoTime() + config.longestWait().toNanos());
        waiter.waits(() -> end(request, OnDemandErrors.cancelled(name)));
        lock.lock();
        try {
            if (request.ended) {
                return; // it was cancelled, and knows
            }
            KnownModel model = models.named(name);
            if (model == null) {
                tellBeside(request, OnDemandErrors.gone(name));
            } else {
                admit(model, request);
            }
        } finally {
            lock.unlock();
        }
        loads.advance();
    }

    @GuardedBy("lock")
    private void admit(KnownModel model, WaitingRequest request) {
        InferenceException refusal = refusal(model, request.client());
        if (refusal != null) {
            tellBeside(request, refusal);
        } else if (model.place == Place.LOADED) { // since the request looked
            meter.waited();
            request.ended = true;
            executor.execute(() -> handOver(model, request));
        } else {
            add(model, request);
        }
    }

    @GuardedBy("lock")
    private void add(KnownModel model, WaitingRequest request) {
        meter.waited();
        WaitingRequest loser = waiting.add(model, request);
        request.alarm = alarm.in(config.longestWait().toNanos(),
                () -> end(request, OnDemandErrors.tooLate(model.name, config.longestWait())));
        queue.ask(model, request.client());
        if (loser != null) {
            KnownModel whose = loser.model;
            if (whose != null) {
                queue.forgetUnwanted(whose);
                tellBeside(loser, OnDemandErrors.tooManyWait(whose.name, config.mostWaiting()));
            }
        }
    }

    /** Tells a request that it is refused, on another thread. */
    @GuardedBy("lock")
    private void tellBeside(WaitingRequest request, InferenceException why) {
        request.ended = true;
        meter.refused();
        executor.execute(() -> request.waiter.refused(why));
    }

    /** Gives a request its model; should that have left meanwhile, it waits anew. */
    private void handOver(KnownModel model, WaitingRequest request) {
        if (!loading.handOver(model.name, request.version, request.waiter)) {
            await(model.name, request.version, request.waiter);
        }
    }

    /** Why a request to a model does not even wait; null where it may. */
    @GuardedBy("lock")
    private @Nullable InferenceException refusal(KnownModel model, String client) {
        if (stopping) {
            return OnDemandErrors.stopping();
        }
        LoadFailure failure = model.failure;
        long pause = failure == null ? 0 : failure.pauseNanos(clock.nanoTime());
        if (failure != null && pause > 0) {
            return OnDemandErrors.failed(model.name, failure.error(), pause);
        }
        long bytes = models.missing(model).stream().mapToLong(each -> each.bytes).sum();
        if (bytes > config.memoryBudget()) {
            return OnDemandErrors.tooLarge(model.name, bytes, model.measured, config.memoryBudget(),
                    config.memoryBudget());
        }
        return waiting.hasPlaceFor(client) ? null : OnDemandErrors.tooManyWait(model.name, config.mostWaiting());
    }

    /** Ends the wait of a request, which is told why, unless it has ended already. */
    private void end(WaitingRequest request, InferenceException why) {
        lock.lock();
        try {
            if (request.ended) {
                return;
            }
            KnownModel model = request.model;
            if (waiting.remove(request) && model != null) {
                queue.forgetUnwanted(model);
            }
            meter.refused();
        } finally {
            lock.unlock();
        }
        request.waiter.refused(why);
        loads.advance(); // the next one may be first now
    }

    // What clients ask for by name

    /**
     * Loads a model now, before what only requests wait for.
     *
     * @return done when it is loaded, or exceptionally with why it is not
     */
    CompletableFuture<Void> load(String name, LoadOverride override) {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        lock.lock();
        try {
            KnownModel model = models.named(name);
            if (model == null || stopping) {
                asked.completeExceptionally(OnDemandErrors.stopping());
                return asked;
            }
            PendingLoad load = new PendingLoad(model, override, asked);
            model.failure = null;
            queue.addFirst(load);
            Alarm.Setting limit = alarm.in(config.longestWait().toNanos(), () -> giveUp(load));
            CompletableFuture<Void> _ = asked.whenComplete((_, _) -> limit.cancel());
        } finally {
            lock.unlock();
        }
        loads.advance();
        return asked;
    }

    private void giveUp(PendingLoad load) {
        boolean queued;
        lock.lock();
        try {
            queued = queue.remove(load);
        } finally {
            lock.unlock();
        }
        if (queued) {
            load.complete(OnDemandErrors.tooLate(load.model.name, config.longestWait()));
            loads.advance();
        }
    }

    /**
     * Takes a model out of service with the ensembles that need it, and returns before the last of their requests has
     * ended; the next request loads it again. Blocks.
     *
     * @param steps whether the models of an ensemble go too that no other one needs, and that are not kept
     */
    void unload(String name, boolean steps) {
        List<KnownModel> going;
        lock.lock();
        try {
            going = going(name, steps);
        } finally {
            lock.unlock();
        }
        if (going.isEmpty()) {
            loading.unload(name); // it may be one whose load is under way
        }
        going.forEach(loads::leave);
    }

    @GuardedBy("lock")
    private List<KnownModel> going(String name, boolean steps) {
        KnownModel model = models.named(name);
        Occupancy occupancy = queue.occupancy();
        List<KnownModel> going = new ArrayList<>(occupancy.ensemblesOf(name));
        if (model != null && model.place == Place.LOADED) {
            going.add(model);
            model.failure = null;
        }
        going.forEach(each -> each.place = Place.LEAVING);
        for (String step : steps && model != null ? model.steps : Set.<String>of()) {
            KnownModel each = models.named(step);
            if (each != null && each.place == Place.LOADED && !each.kept && occupancy.ensemblesOf(step).isEmpty()) {
                each.place = Place.LEAVING;
                going.add(each);
            }
        }
        return going;
    }

    /** Refuses all that wait, and whatever comes. */
    void stop() {
        PendingAnswers told = new PendingAnswers(meter);
        lock.lock();
        try {
            stopping = true;
            loads.stop();
            models.all().forEach(model -> told.refuse(waiting.takeAll(model), OnDemandErrors.stopping()));
            queue.takeAll().forEach(load -> told.add(() -> load.complete(OnDemandErrors.stopping())));
        } finally {
            lock.unlock();
        }
        told.tell();
    }
}
