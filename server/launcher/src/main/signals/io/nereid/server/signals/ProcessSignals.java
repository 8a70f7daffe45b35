package io.nereid.server.signals;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.NullMarked;
import sun.misc.Signal;

/**
 * The signals that a process gets. A shutdown hook of the JVM would not do: it can neither set the exit code to 0 nor
 * hear a second signal. In a source folder and a package of its own because its use of the JDK cannot be compiled
 * without a warning.
 */
@NullMarked
final class ProcessSignals implements StopSignal {
    private static final List<Signal> HANDLED = List.of(new Signal("TERM"), new Signal("INT"));

    private final Runnable atOnce;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition received = lock.newCondition();
    @GuardedBy("lock")
    private int count;
    @GuardedBy("lock")
    private String first = "";
    @GuardedBy("lock")
    private boolean graceOver;

    ProcessSignals(Runnable atOnce) {
        this.atOnce = atOnce;
    }

    /** Lets the signals end the process until {@link #listen}, also those that were ignored when it started. */
    static void heed() {
        HANDLED.forEach(SignalDisposition::heed);
    }

    void listen() {
        for (Signal signal : HANDLED) {
            Signal.handle(signal, received -> receive("SIG" + received.getName()));
        }
    }

    /** A signal has come. */
    void receive(String name) {
        lock.lock();
        try {
            first = count == 0 ? name : first;
            count++;
            received.signalAll();
            if (!graceOver) {
                return;
            }
        } finally {
            lock.unlock();
        }
        atOnce.run();
    }

    @Override
    public String await() throws InterruptedException {
        lock.lock();
        try {
            while (count == 0) {
                received.await();
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitAgain(Duration grace) throws InterruptedException {
        long nanos = grace.toNanos();
        lock.lock();
        try {
            while (count < 2 && nanos > 0) {
                nanos = received.awaitNanos(nanos);
            }
            graceOver = true;
            return count >= 2;
        } finally {
            lock.unlock();
        }
    }
}
