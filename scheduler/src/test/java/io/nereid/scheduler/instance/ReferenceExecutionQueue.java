package io.nereid.scheduler.instance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rules of {@link ExecutionQueue}, written down as plainly as can be: nothing is kept that could be counted anew.
 * Slow and obviously right.
 */
final class ReferenceExecutionQueue {
    /** One instance, as the test knows it too. */
    static final class Instance {
        final int id;
        final InstanceDemand demand;
        long executions;
        long arrival;
        boolean waits;
        boolean runs;
        boolean leaves;

        Instance(int id, InstanceDemand demand) {
            this.id = id;
            this.demand = demand;
        }

        long turn() {
            return executions * demand.priority();
        }
    }

    private final List<ResourceLimit> limits;
    final List<Instance> registered = new ArrayList<>();
    final List<Integer> admitted = new ArrayList<>();
    private long arrivals;

    ReferenceExecutionQueue(List<ResourceLimit> limits) {
        this.limits = limits;
    }

    /** Whether all of them could run, and no resource would be both global and per device. */
    boolean register(List<Instance> newcomers) {
        List<Instance> all = new ArrayList<>(registered);
        all.addAll(newcomers);
        for (Instance one : newcomers) {
            for (InstanceDemand.Resource resource : one.demand.resources()) {
                boolean clash = all.stream().flatMap(other -> other.demand.resources().stream())
                        .anyMatch(other -> other.name().equals(resource.name()) && other.global() != resource.global());
                if (clash || resource.count() > limit(resource, one.demand.device(), all)) {
                    return false;
                }
            }
        }
        registered.addAll(newcomers);
        admit();
        return true;
    }

    void enqueue(Instance instance) {
        instance.waits = true;
        instance.arrival = arrivals++;
        admit();
    }

    void release(Instance instance, boolean executed, boolean again) {
        instance.runs = false;
        instance.executions += executed ? 1 : 0;
        if (instance.leaves) {
            registered.remove(instance);
        } else if (again) {
            instance.waits = true;
            instance.arrival = arrivals++;
        }
        admit();
    }

    void unregister(Instance instance) {
        if (instance.runs) {
            instance.leaves = true;
        } else {
            registered.remove(instance);
        }
        admit();
    }

    private void admit() {
        while (true) {
            Instance first = registered.stream().filter(instance -> instance.waits)
                    .min(Comparator.comparingLong(Instance::turn).thenComparingLong(instance -> instance.arrival))
                    .orElse(null);
            if (first == null || !first.demand.resources().stream()
                    .allMatch(resource -> resource.count() <= free(resource, first.demand.device()))) {
                return;
            }
            first.waits = false;
            first.runs = true;
            admitted.add(first.id);
        }
    }

    private long free(InstanceDemand.Resource resource, int device) {
        long taken = registered.stream().filter(instance -> instance.runs)
                .mapToLong(instance -> demanded(instance, resource, device)).sum();
        return limit(resource, device, registered) - taken;
    }

    private long limit(InstanceDemand.Resource resource, int device, List<Instance> instances) {
        return limits.stream().filter(limit -> limit.name().equals(resource.name()))
                .filter(limit -> resource.global() || limit.device().isEmpty()
                        || limit.device().getAsInt() == Math.max(0, device))
                .mapToLong(ResourceLimit::count).max()
                .orElseGet(() -> instances.stream().mapToLong(instance -> demanded(instance, resource, device)).max()
                        .orElse(0));
    }

    private static long demanded(Instance instance, InstanceDemand.Resource resource, int device) {
        return instance.demand.resources().stream()
                .filter(other -> other.name().equals(resource.name()) && other.global() == resource.global()
                        && (other.global() || instance.demand.device() == device))
                .mapToLong(InstanceDemand.Resource::count).sum();
    }
}
