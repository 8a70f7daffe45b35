package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The counted resources of the server: how much there is of each, and how much is taken. A global resource is counted
 * once, any other once per device. There is as much as the operator says, else as much as the instance that needs the
 * most of it; see docs/compatibility.md. Pure bookkeeping, not thread-safe.
 */
final class ResourcePool {
    /** What is counted together. The device says nothing where the resource is global. */
    private record Key(String name, boolean global, int device) {
        static Key of(InstanceDemand.Resource resource, int device) {
            return new Key(resource.name(), resource.global(), resource.global() ? 0 : device);
        }
    }

    /** How much there is of one resource in one place, and who counts on it. */
    private static final class Counter {
        private final OptionalLong explicit;
        /** One for each allocation that names the resource. */
        private final List<Long> demands = new ArrayList<>();
        private long limit;
        private long taken;

        Counter(OptionalLong explicit) {
            this.explicit = explicit;
        }

        void update() {
            limit = explicit.orElseGet(() -> demands.isEmpty() ? 0 : Collections.max(demands));
        }
    }

    /** A part of an allocation. */
    private record Share(Key key, Counter counter, long count) {}

    /** What one instance takes while it runs. In one pool at most; until it is added it takes nothing. */
    static final class Allocation {
        private final InstanceDemand demand;
        private final List<Share> shares = new ArrayList<>();

        Allocation(InstanceDemand demand) {
            this.demand = demand;
        }
    }

    private final List<ResourceLimit> limits;
    private final Map<Key, Counter> counters = new HashMap<>();

    /** Of several limits for the same name and device the lowest counts. */
    ResourcePool(List<ResourceLimit> limits) {
        this.limits = List.copyOf(limits);
    }

    /**
     * Adds what instances demand, which may raise what there is.
     *
     * @throws InferenceException INVALID_ARG if there is not enough for one of them ever to run, or one takes a
     *     resource globally and another one takes it per device; none is added then
     */
    void add(List<Allocation> allocations) throws InferenceException {
        int added = 0;
        try {
            for (Allocation allocation : allocations) {
                add(allocation);
                added++;
            }
        } catch (InferenceException e) {
            allocations.subList(0, added).forEach(this::remove);
            throw e;
        }
    }

    private void add(Allocation allocation) throws InferenceException {
        Map<Key, Long> wanted = new LinkedHashMap<>();
        for (InstanceDemand.Resource resource : allocation.demand.resources()) {
            wanted.put(Key.of(resource, allocation.demand.device()), resource.count());
        }
        for (Map.Entry<Key, Long> entry : wanted.entrySet()) {
            checkScope(entry.getKey(), wanted);
            checkEnough(entry.getKey(), entry.getValue());
        }
        wanted.forEach((key, count) -> allocation.shares.add(new Share(key, counted(key, count), count)));
    }

    private Counter counted(Key key, long count) {
        Counter counter = counters.computeIfAbsent(key, absent -> new Counter(explicit(absent)));
        counter.demands.add(count);
        counter.update();
        return counter;
    }

    private void checkScope(Key key, Map<Key, Long> wanted) throws InferenceException {
        if (isOtherScope(key, counters) || isOtherScope(key, wanted)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Resource \"" + key.name()
                    + "\" is present as both global and device-specific resource in the model configuration.");
        }
    }

    private static boolean isOtherScope(Key key, Map<Key, ?> known) {
        return known.keySet().stream()
                .anyMatch(other -> other.name().equals(key.name()) && other.global() != key.global());
    }

    private void checkEnough(Key key, long count) throws InferenceException {
        long limit = explicit(key).orElse(Long.MAX_VALUE);
        if (count > limit) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Resource count for \"" + key.name()
                    + "\" is limited to " + limit + " which will prevent scheduling of one or more model instances, "
                    + "the minimum required count is " + count);
        }
    }

    /** What the operator says there is: the most that any limit allows that holds there. */
    private OptionalLong explicit(Key key) {
        Map<OptionalInt, Long> lowest = new HashMap<>();
        limits.stream().filter(limit -> limit.name().equals(key.name()) && holds(limit, key))
                .forEach(limit -> lowest.merge(limit.device(), limit.count(), Math::min));
        return lowest.values().stream().mapToLong(Long::longValue).max();
    }

    /** The CPU is counted by itself, but a limit for device 0 holds for it too: in Triton it is device 0. */
    private static boolean holds(ResourceLimit limit, Key key) {
        int device = key.device() == InstanceDemand.CPU ? 0 : key.device();
        return key.global() || limit.device().isEmpty() || limit.device().getAsInt() == device;
    }

    /** Removes an allocation that is not taken, which may lower what there is, even below what others have taken. */
    void remove(Allocation allocation) {
        for (Share share : allocation.shares) {
            Counter counter = share.counter();
            counter.demands.remove((Long) share.count());
            counter.update();
            if (counter.demands.isEmpty()) {
                counters.remove(share.key());
            }
        }
        allocation.shares.clear();
    }

    /** Takes all of an allocation or, where something is short, nothing. */
    boolean take(Allocation allocation) {
        for (int i = 0; i < allocation.shares.size(); i++) {
            Share share = allocation.shares.get(i);
            if (share.count() > share.counter().limit - share.counter().taken) {
                return false;
            }
        }
        for (int i = 0; i < allocation.shares.size(); i++) {
            Share share = allocation.shares.get(i);
            share.counter().taken += share.count();
        }
        return true;
    }

    /** Gives back what {@link #take} took. */
    void release(Allocation allocation) {
        for (int i = 0; i < allocation.shares.size(); i++) {
            Share share = allocation.shares.get(i);
            share.counter().taken -= share.count();
        }
    }
}
