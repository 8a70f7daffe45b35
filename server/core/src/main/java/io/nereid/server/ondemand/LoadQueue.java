package io.nereid.server.ondemand;

import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.ondemand.KnownModel.Place;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The loads that wait for their turn, and those under way. First come those that clients ask for by name, then those that
 * requests wait for: clients take turns, and of one client it is the model that was asked first. Used under the lock of
 * {@link OnDemandModels}.
 */
final class LoadQueue {
    private static final Comparator<PendingLoad> BY_TURN = Comparator.comparingLong(load -> load.round);

    private final KnownModels models;
    private final EvictionPolicy policy;
    private final Duration safeTime;
    private final int mostLoads;
    private final Set<PendingLoad> queue = new LinkedHashSet<>();
    private final Set<PendingLoad> underWay = new HashSet<>();
    private final ClientTurns turns = new ClientTurns();

    /**
     * Nothing is to be loaded yet.
     *
     * @param safeTime how long a model is safe after its load
     * @param mostLoads how many loads may be under way at once
     */
    LoadQueue(KnownModels models, EvictionPolicy policy, Duration safeTime, int mostLoads) {
        this.models = models;
        this.policy = policy;
        this.safeTime = safeTime;
        this.mostLoads = mostLoads;
    }

    /**
     * The load whose turn it is.
     *
     * @param missing what it is to load
     * @param bytes what that will hold, as far as is known
     * @param room whether there is room for it
     */
    record Next(PendingLoad load, List<KnownModel> missing, long bytes, Room room) {}

    /** A request of that client waits for the model, which is to be loaded unless that is under way. */
    void ask(KnownModel model, String client) {
        PendingLoad load = model.load;
        long round = turns.next(client);
        if (load == null) {
            load = new PendingLoad(model, LoadOverride.NONE, null);
            load.round = round;
            model.load = load;
            queue.add(load);
            turns.take(client, round);
        } else if (round < load.round && queue.contains(load)) {
            load.round = round; // it was in the way of nobody but the client that asks for many
            turns.take(client, round);
        }
    }

    /** A client asks for a load by name, which comes before those that only requests wait for, and earlier ones. */
    void addFirst(PendingLoad load) {
        load.round = queue.stream().mapToLong(each -> each.round).filter(round -> round < 0).min().orElse(0) - 1;
        queue.add(load);
    }

    /** A load does not begin any more; false if it has begun, or was not to. */
    boolean remove(PendingLoad load) {
        if (load.model.load == load && queue.contains(load)) {
            load.model.load = null;
        }
        return queue.remove(load);
    }

    /** A load that nobody waits for any longer does not begin. */
    void forgetUnwanted(KnownModel model) {
        PendingLoad load = model.load;
        if (load != null && load.asked == null && model.waiting.isEmpty()) {
            boolean _ = remove(load);
        }
    }

    boolean contains(PendingLoad load) {
        return queue.contains(load);
    }

    /**
     * The first load whose models are neither being loaded nor leave; null if there is none, or enough are under way.
     *
     * @param isBusy whether requests to a model are under way
     * @param keepsSequences whether a model keeps sequences
     */
    @Nullable
    Next next(Predicate<KnownModel> isBusy, Predicate<KnownModel> keepsSequences, long nowNanos) {
        PendingLoad load = underWay.size() >= mostLoads ? null
                : queue.stream().filter(each -> models.areSettled(each.model)).min(BY_TURN).orElse(null);
        if (load == null) {
            return null;
        }
        List<KnownModel> missing = models.missing(load.model);
        long bytes = missing.stream().mapToLong(model -> model.bytes).sum();
        Occupancy now = occupancy();
        return new Next(load, missing, bytes, policy.roomFor(bytes, now.heldBytes(), now.goingBytes(),
                now.loaded(load.model, isBusy, keepsSequences, safeTime.toNanos()), nowNanos));
    }

    /** A load begins, and models begin to leave for it. */
    void begin(Next next, List<KnownModel> evicted) {
        PendingLoad load = next.load;
        queue.remove(load);
        underWay.add(load);
        turns.reached(load.round);
        load.loaded = next.missing;
        load.evicted = evicted;
        load.reservedBytes = next.bytes + (load.model.place == Place.LOADED ? load.model.bytes : 0);
        for (KnownModel gone : evicted) {
            gone.place = Place.LEAVING;
            gone.leftFor = load;
        }
        for (KnownModel model : load.loaded) {
            model.place = Place.LOADING;
            PendingLoad own = model.load;
            if (own != null && own != load && own.asked == null && queue.remove(own)) {
                own = null; // its requests are told with this load
            }
            model.load = own == null || model == load.model ? load : own;
        }
    }

    /** A load has ended, well or not. */
    void ended(PendingLoad load) {
        underWay.remove(load);
        for (KnownModel model : load.loaded) {
            if (model.load == load) {
                model.load = null;
            }
        }
    }

    /** All that have not begun, which do not begin any more. */
    List<PendingLoad> takeAll() {
        List<PendingLoad> all = List.copyOf(queue);
        all.forEach(this::remove);
        return all;
    }

    /** How many are under way. */
    int underWay() {
        return underWay.size();
    }

    /** What is in memory. */
    Occupancy occupancy() {
        return new Occupancy(models.all(), underWay);
    }
}
