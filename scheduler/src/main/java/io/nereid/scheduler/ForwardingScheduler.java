package io.nereid.scheduler;

/** A scheduler in front of another one, which has its queue and its load. Thread-safe if the other is. */
public abstract class ForwardingScheduler implements Scheduler {
    private final Scheduler behind;

    /** @param behind is this one's from here on */
    protected ForwardingScheduler(Scheduler behind) {
        this.behind = behind;
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
