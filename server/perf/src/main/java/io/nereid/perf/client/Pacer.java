package io.nereid.perf.client;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends a thread's wait for answers at the moments at which it is to send: to wait for a channel the JDK knows
 * milliseconds only. A thread of its own, with the same arrivals; it does nothing where the other is at work anyway.
 */
final class Pacer implements AutoCloseable {
    private final Selector selector;
    private final Arrivals arrivals;
    private final long startNanos;
    private final Thread thread;
    /** Whether the load's thread waits, or is about to and will look at the time before it does. */
    private volatile boolean waiting;
    private volatile boolean closed;

    /** Starts it. */
    Pacer(Selector selector, Arrivals arrivals, long startNanos) {
        this.selector = selector;
        this.arrivals = arrivals;
        this.startNanos = startNanos;
        this.thread = Thread.ofPlatform().daemon().name("nereid-perf-pacer").start(this::run);
    }

    /** To be said before the time is looked at for the last time, and after the wait. */
    void setWaiting(boolean waits) {
        waiting = waits;
    }

    private void run() {
        askForExactTimers();
        while (!closed) {
            long moment = startNanos + arrivals.nextNanos();
            for (long left = moment - System.nanoTime(); left > 0 && !closed; left = moment - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            if (waiting) {
                selector.wakeup();
            }
        }
    }

    /** Linux wakes a thread up to 50 us late so that wake-ups fall together, unless the thread wants it otherwise. */
    private static void askForExactTimers() {
        try {
            String thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
            Files.writeString(Path.of("/proc", thread, "timerslack_ns"), "1000");
        } catch (IOException | UnsupportedOperationException _) {
            // then latencies hold these 50 us
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
