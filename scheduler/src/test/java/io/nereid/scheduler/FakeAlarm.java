package io.nereid.scheduler;

import java.util.ArrayList;
import java.util.List;

/** An alarm that goes off when a test says so. Thread-safe. */
final class FakeAlarm implements Alarm {
    private final List<Long> delays = new ArrayList<>();
    private final List<Runnable> actions = new ArrayList<>();

    @Override
    public synchronized void in(long delayNanos, Runnable action) {
        delays.add(delayNanos);
        actions.add(action);
    }

    /** The delays asked for until now, in order. */
    synchronized List<Long> delays() {
        return List.copyOf(delays);
    }

    /** Goes off as it was asked to for the time number {@code index}. */
    void fire(int index) {
        Runnable action;
        synchronized (this) {
            action = actions.get(index);
        }
        action.run();
    }

    /** Goes off as it was asked to last. */
    void fireLast() {
        fire(delays().size() - 1);
    }
}
