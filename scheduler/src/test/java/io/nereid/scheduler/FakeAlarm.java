package io.nereid.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** An alarm that goes off when a test says so. Thread-safe. */
public final class FakeAlarm implements Alarm {
    private final List<Long> delays = new ArrayList<>();
    private final List<Runnable> actions = new ArrayList<>();
    private final Set<Integer> pending = new HashSet<>();

    @Override
    public synchronized Setting in(long delayNanos, Runnable action) {
        delays.add(delayNanos);
        actions.add(action);
        int index = actions.size() - 1;
        pending.add(index);
        return () -> forget(index);
    }

    private synchronized void forget(int index) {
        pending.remove(index);
    }

    /** How many were set and have neither gone off nor been cancelled. */
    public synchronized int pending() {
        return pending.size();
    }

    /** The delays asked for until now, in order. */
    public synchronized List<Long> delays() {
        return List.copyOf(delays);
    }

    /** Goes off as it was asked to for the time number {@code index}. */
    public void fire(int index) {
        Runnable action;
        synchronized (this) {
            action = actions.get(index);
            pending.remove(index);
        }
        action.run();
    }

    /** Goes off as it was asked to last. */
    public void fireLast() {
        fire(delays().size() - 1);
    }
}
