package io.nereid.server.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.server.ensemble.CallCycle;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Which models wait for which others now, so that it is seen when they wait for each other. By model, not by instance:
 * what looks like a circle may well have an instance to spare. A model waits for those that it has asked; an ensemble
 * is taken to wait for the models of its steps always. Thread-safe; each call looks at the models that wait.
 */
final class CallCycles {
    private final Function<String, Collection<String>> steps;
    private final ReentrantLock lock = new ReentrantLock();
    /**
     * How many calls of each model to each other one are under way. Read and changed under the lock, but for the question
     * whether a model waits at all.
     */
    private final Map<String, Map<String, Integer>> calls = new ConcurrentHashMap<>();

    /** @param steps the models of an ensemble's steps by its name; none for any other model. Does not block */
    CallCycles(Function<String, Collection<String>> steps) {
        this.steps = steps;
    }

    /**
     * A call begins; {@link #ended} ends it.
     *
     * @return the circle that it closes; none if it goes to an ensemble, which needs no instance: its steps do
     */
    CallCycle begun(String caller, String target) {
        lock.lock();
        try {
            calls.computeIfAbsent(caller, _ -> new HashMap<>()).merge(target, 1, Integer::sum);
            return steps.apply(target).isEmpty() ? circle(caller, target) : CallCycle.NONE;
        } finally {
            lock.unlock();
        }
    }

    /** The circle that a request of an ensemble to the model of a step closes. */
    CallCycle ofStep(String ensemble, String model) {
        if (calls.isEmpty() || (!calls.containsKey(model) && steps.apply(model).isEmpty())) {
            return CallCycle.NONE; // the model waits for nothing
        }
        lock.lock();
        try {
            return circle(ensemble, model);
        } finally {
            lock.unlock();
        }
    }

    /** A call that has begun has ended. */
    void ended(String caller, String target) {
        lock.lock();
        try {
            Map<String, Integer> targets = Objects.requireNonNull(calls.get(caller));
            targets.computeIfPresent(target, (_, count) -> count == 1 ? null : count - 1);
            if (targets.isEmpty()) {
                calls.remove(caller);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many models wait for others. */
    int size() {
        return calls.size();
    }

    @GuardedBy("lock")
    private CallCycle circle(String caller, String target) {
        return new CallCycle(caller.equals(target) ? List.of(caller, caller) : path(caller, target));
    }

    /** Which models a model waits for. */
    @GuardedBy("lock")
    private Collection<String> awaited(String model) {
        Map<String, Integer> called = calls.get(model);
        return called == null ? steps.apply(model) : called.keySet();
    }

    /** The way back to the caller, the shortest; empty if there is none. */
    @GuardedBy("lock")
    private List<String> path(String caller, String target) {
        Map<String, String> reachedFrom = new HashMap<>();
        ArrayDeque<String> next = new ArrayDeque<>(List.of(target));
        reachedFrom.put(target, caller);
        while (!next.isEmpty()) {
            String model = next.removeFirst();
            for (String called : awaited(model)) {
                if (called.equals(caller)) {
                    return way(caller, model, reachedFrom);
                }
                if (reachedFrom.putIfAbsent(called, model) == null) {
                    next.addLast(called);
                }
            }
        }
        return List.of();
    }

    private static List<String> way(String caller, String last, Map<String, String> reachedFrom) {
        List<String> way = new ArrayList<>(List.of(caller));
        for (String model = last; !model.equals(caller); model = Objects.requireNonNull(reachedFrom.get(model))) {
            way.addFirst(model);
        }
        way.addFirst(caller);
        return way;
    }
}
