package io.nereid.server.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which models wait for which others now, so that it is seen when they wait for each other. By model, not by instance:
 * what looks like a circle may well have an instance to spare. Thread-safe; each step looks at the models that wait.
 */
final class CallCycles {
    private final ReentrantLock lock = new ReentrantLock();
    /** How many calls of each model to each other one are under way. */
    @GuardedBy("lock")
    private final Map<String, Map<String, Integer>> calls = new HashMap<>();

    /**
     * A call begins; {@link #ended} ends it.
     *
     * @return the models that wait for each other with it, from the caller to itself; empty if none do
     */
    List<String> begun(String caller, String target) {
        lock.lock();
        try {
            calls.computeIfAbsent(caller, _ -> new HashMap<>()).merge(target, 1, Integer::sum);
            return caller.equals(target) ? List.of(caller, caller) : path(caller, target);
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
        lock.lock();
        try {
            return calls.size();
        } finally {
            lock.unlock();
        }
    }

    /** The way back to the caller, the shortest; empty if there is none. */
    @GuardedBy("lock")
    private List<String> path(String caller, String target) {
        Map<String, String> reachedFrom = new HashMap<>();
        ArrayDeque<String> next = new ArrayDeque<>(List.of(target));
        reachedFrom.put(target, caller);
        while (!next.isEmpty()) {
            String model = next.removeFirst();
            for (String called : calls.getOrDefault(model, Map.of()).keySet()) {
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
