package io.nereid.server.model;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/** Which ensembles are wanted, served or not, and which models each of them needs. Thread-safe. */
final class Dependencies {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<String, Set<String>> steps = new TreeMap<>();

    /**
     * An ensemble is wanted that needs these models.
     *
     * @return the circle that it closes, which begins and ends with its name; empty if it closes none
     */
    List<String> put(String ensemble, Set<String> models) {
        lock.lock();
        try {
            steps.put(ensemble, new TreeSet<>(models));
            List<String> path = new ArrayList<>(List.of(ensemble));
            return leadsTo(ensemble, ensemble, path, new TreeSet<>()) ? List.copyOf(path) : List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a model needs another one; completes the path to it then. */
    @GuardedBy("lock")
    private boolean leadsTo(String from, String wanted, List<String> path, Set<String> seen) {
        for (String step : steps.getOrDefault(from, Set.of())) {
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
