package io.nereid.scheduler;

import io.nereid.inference.CorrelationId;

/** A scheduler in front of another one, which has its queue and its load. Thread-safe if the other is. */
public abstract class ForwardingScheduler implements Scheduler {
    private final Scheduler behind;

    /** @param behind is this one's from here on */
    protected ForwardingScheduler(Scheduler behind) {
        this.behind = behind;
    }

    @Override
    public boolean hasSequence(CorrelationId id) {
        return behind.hasSequence(id);
    }

    @Override
    public int openSequences() {
        return behind.openSequences();
    }

    @Override
    public int pending() {
        return behind.pending();
    }

    @Override
    public QueueLoad load() {
        return behind.load();
    }

    @Override
    public void flush() {
        behind.flush();
    }

    @Override
    public void close() {
        behind.close();
    }
}
