package io.nereid.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The parts of something that starts and stops: started in order, stopped in the reverse order, once each. If a part
 * cannot be started, {@link #close} stops those before it. Not thread-safe: used by the thread that starts, then by the
 * one that stops.
 */
final class LifeCycle implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LifeCycle.class);

    private final Deque<Stop> stops = new ArrayDeque<>();

    /** Stops one part. */
    @FunctionalInterface
    interface Stop {
        /**
         * Stops it, waiting no longer than to the deadline for what it has under way.
         *
         * @return whether nothing had to be cut off
         * @throws InterruptedException if the thread is interrupted while it waits; the part is stopped all the same
         */
        boolean stop(Deadline deadline) throws InterruptedException;
    }

    /** Adds a part that has just been started, and that ends without waiting. */
    <T> T started(T part, Consumer<? super T> end) {
        stops.push(_ -> {
            end.accept(part);
            return true;
        });
        return part;
    }

    /** Adds a part that has just been started, and that waits for what it has under way. */
    void started(Stop stop) {
        stops.push(stop);
    }

    /**
     * Stops all parts, the last first. A part that fails to stop does not keep the others from it: its failure is
     * logged. If the thread is interrupted, the parts that are left wait for nothing.
     *
     * @return whether all of them ended in time
     * @throws InterruptedException if the thread was interrupted, when all are stopped
     */
    boolean stop(Deadline deadline) throws InterruptedException {
        boolean inTime = true;
        InterruptedException interrupted = null;
        Deadline left = deadline;
        while (!stops.isEmpty()) {
            try {
                inTime &= stops.pop().stop(left);
            } catch (InterruptedException e) {
                interrupted = e;
                left = Deadline.passed();
            } catch (RuntimeException e) {
                LOG.error("a part of the server could not be stopped", e);
                inTime = false;
            }
        }
        if (interrupted != null) {
            throw interrupted;
        }
        return inTime;
    }

    /** {@link #stop}, without waiting. */
    @Override
    public void close() {
        try {
            stop(Deadline.passed());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
