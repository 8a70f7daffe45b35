package io.nereid.server.model.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which ensembles are wanted, served or not, and which models each of them needs; and which models have a load now that
 * waits for the load of another one, since their code has asked for it. Thread-safe.
 */
final class Dependencies {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<String, Set<String>> steps = new TreeMap<>();
    /** How often each load waits for each other one: a model has several instances. */
    @GuardedBy("lock")
    private final Map<String, Map<String, Integer>> waits = new HashMap<>();

    /**
     * An ensemble is wanted that needs these models.
     *
     * @return the circle that it closes, which begins and ends with its name; empty if it closes none
     */
    List<String> put(String ensemble, Set<String> models) {
        lock.lock();
        try {
            steps.put(ensemble, new TreeSet<>(models));
            return circle(ensemble);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The load of a model waits for that of another one, until {@link #removeWait}.
     *
     * @return the circle that it closes, which begins and ends with its name; empty if it closes none
     */
    List<String> addWait(String model, String awaited) {
        lock.lock();
        try {
            waits.computeIfAbsent(model, _ -> new HashMap<>()).merge(awaited, 1, Integer::sum);
            return circle(model);
        } finally {
            lock.unlock();
        }
    }

    /** It waits no longer. */
    void removeWait(String model, String awaited) {
        lock.lock();
        try {
            Map<String, Integer> all = waits.getOrDefault(model, Map.of());
            all.computeIfPresent(awaited, (_, count) -> count == 1 ? null : count - 1);
            if (all.isEmpty()) {
                waits.remove(model);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private List<String> circle(String model) {
        List<String> path = new ArrayList<>(List.of(model));
        return leadsTo(model, model, path, new TreeSet<>()) ? List.copyOf(path) : List.of();
    }

    /** Whether a model needs another one; completes the path to it then. */
    @GuardedBy("lock")
    private boolean leadsTo(String from, String wanted, List<String> path, Set<String> seen) {
        Set<String> needed = new TreeSet<>(steps.getOrDefault(from, Set.of()));
        needed.addAll(waits.getOrDefault(from, Map.of()).keySet());
        for (String step : needed) {
            path.add(step);
            if (step.equals(wanted) || (seen.add(step) && leadsTo(step, wanted, path, seen))) {
                return true;
            }
            path.removeLast();
        }
        return false;
    }

    /** A model is no wanted ensemble, or not any longer. */
    void remove(String model) {
        lock.lock();
        try {
            steps.remove(model);
        } finally {
            lock.unlock();
        }
    }

    /** The models that a wanted ensemble needs; none for any other model. */
    Set<String> stepsOf(String model) {
        lock.lock();
        try {
            return Set.copyOf(steps.getOrDefault(model, Set.of()));
        } finally {
            lock.unlock();
        }
    }

    /** The wanted ensembles that need a model, by name. */
    List<String> dependentsOf(String model) {
        lock.lock();
        try {
            return steps.entrySet().stream().filter(entry -> entry.getValue().contains(model)).map(Map.Entry::getKey)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** The wanted ensembles, by name. */
    Set<String> ensembles() {
        lock.lock();
        try {
            return Set.copyOf(steps.keySet());
        } finally {
            lock.unlock();
        }
    }
}
