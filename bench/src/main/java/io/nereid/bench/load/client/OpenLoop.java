package io.nereid.bench.load.client;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests that come at given moments whatever the server does: each is sent by a client that has nothing under way, a
 * virtual thread with a connection of its own, and by a new one where all are busy. A request counts from the moment it
 * was meant to be sent, so that a load that falls behind cannot make the server look better than it is.
 */
public final class OpenLoop {
    private static final long IDLE_SECONDS = 5;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final int port;
    private final InferRequest request;
    private final long timeoutNanos;
    private final int maxClients;
    private final OpenLoopTally tally = new OpenLoopTally();
    private final SynchronousQueue<Long> arrivals = new SynchronousQueue<>();
    private final AtomicInteger clients = new AtomicInteger();

    private OpenLoop(int port, InferRequest request, long timeoutNanos, int maxClients) {
        this.port = port;
        this.request = request;
        this.timeoutNanos = timeoutNanos;
        this.maxClients = maxClients;
    }

    /**
     * Sends for so long and waits until the last request is answered or cancelled, which blocks.
     *
     * @param timeoutMillis after this a client gives its request up and closes the connection
     * @param maxClients requests under way at most; one more is late at once
     */
    public static OpenLoopReport run(int port, InferRequest request, PoissonArrivals arrivals, int seconds,
            int timeoutMillis, int maxClients) throws InterruptedException {
        OpenLoop loop = new OpenLoop(port, request, TimeUnit.MILLISECONDS.toNanos(timeoutMillis), maxClients);
        loop.sendAll(arrivals, seconds * NANOS_PER_SECOND);
        loop.awaitClients();
        return loop.tally.report(seconds);
    }

    private void sendAll(PoissonArrivals moments, long lengthNanos) throws InterruptedException {
        long start = System.nanoTime();
        for (long moment = moments.nextNanos(); moment < lengthNanos; moment = moments.nextNanos()) {
            for (long left = start + moment - System.nanoTime(); left > 0; left = start + moment - System.nanoTime()) {
                LockSupport.parkNanos(left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            send(start + moment);
        }
    }

    private void send(long arrival) {
        if (arrivals.offer(arrival)) {
            return;
        }
        if (clients.get() >= maxClients) {
            tally.late();
            return;
        }
        clients.incrementAndGet();
        Thread.ofVirtual().start(() -> runClient(arrival));
    }

    private void runClient(long first) {
        try (Connection connection = new Connection(port)) {
            @Nullable
            Long arrival = first;
            while (arrival != null) {
                exchange(connection, arrival);
                arrival = arrivals.poll(IDLE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (clients) {
                clients.decrementAndGet();
                clients.notifyAll();
            }
        }
    }

    private void exchange(Connection connection, long arrival) {
        try {
            int status = connection.exchange(request, arrival + timeoutNanos);
            long nanos = System.nanoTime() - arrival;
            if (status != 200) {
                tally.refused(status);
            } else if (nanos > timeoutNanos) {
                tally.late();
            } else {
                tally.answered(nanos);
            }
        } catch (SocketTimeoutException _) {
            tally.late();
        } catch (IOException _) {
            tally.broken();
        }
    }

    /** Until each client has had nothing to do for a while: no request is under way then. */
    private void awaitClients() throws InterruptedException {
        synchronized (clients) {
            while (clients.get() > 0) {
                clients.wait();
            }
        }
    }
}
