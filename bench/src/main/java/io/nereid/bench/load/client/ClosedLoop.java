package io.nereid.bench.load.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.LongStream;

/** Clients that each send the next request when the last was answered: a thread and a connection each. */
public final class ClosedLoop {
    private static final long TIMEOUT_NANOS = 30_000_000_000L;

    private final int port;
    private final IntFunction<InferRequest> requests;
    private final Pace pace;

    /** Clients of the server at this port of the loopback address, all sending this. */
    public ClosedLoop(int port, InferRequest request) {
        this(port, client -> request);
    }

    /**
     * Clients of the server at this port of the loopback address; the first, 0, sends the first of the requests, ...
     */
    public ClosedLoop(int port, IntFunction<InferRequest> requests) {
        this(port, requests, Pace.UNLIMITED);
    }

    /**
     * The same with clients that send no more often than this.
     *
     * @param pace of each
     */
    public ClosedLoop(int port, IntFunction<InferRequest> requests, Pace pace) {
        this.port = port;
        this.requests = requests;
        this.pace = pace;
    }

    /** Runs so many clients for so long, which blocks. An answer counts if it was there before the time was over. */
    public ClosedLoopReport run(int clients, int seconds) throws InterruptedException {
        return run(clients, Course.from(System.nanoTime(), seconds));
    }

    /** The same until the course ends; good answers are added to it. */
    public ClosedLoopReport run(int clients, Course course) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            List<Future<ClosedLoopReport.Client>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                InferRequest request = requests.apply(i);
                running.add(threads.submit(() -> runClient(request, course)));
            }
            List<ClosedLoopReport.Client> reports = new ArrayList<>();
            for (Future<ClosedLoopReport.Client> client : running) {
                reports.add(client.get());
            }
            return new ClosedLoopReport(reports, course.seconds());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client of the load failed", e.getCause());
        }
    }

    private ClosedLoopReport.Client runClient(InferRequest request, Course course) {
        long endNanos = course.endNanos();
        LongStream.Builder latencies = LongStream.builder();
        long errors = 0;
        try (Connection connection = new Connection(port)) {
            long sent = System.nanoTime();
            while (sent - endNanos < 0) {
                boolean good = isAnswered(connection, request, sent);
                long now = System.nanoTime();
                if (!good) {
                    errors++;
                } else if (now - endNanos < 0) {
                    latencies.add(now - sent);
                    course.add(now, now - sent);
                }
                sent = pause(sent, now, endNanos);
            }
        }
        return new ClosedLoopReport.Client(Latencies.of(latencies.build()), errors);
    }

    /** Waits until the next request may be sent, or the end; returns the time. */
    private long pause(long sentNanos, long nowNanos, long endNanos) {
        long until = nowNanos + Math.min(pace.waitNanos(sentNanos, nowNanos), endNanos - nowNanos);
        long now = nowNanos;
        while (now - until < 0) {
            LockSupport.parkNanos(until - now);
            now = System.nanoTime();
        }
        return now;
    }

    private boolean isAnswered(Connection connection, InferRequest request, long sentNanos) {
        try {
            return connection.exchange(request, sentNanos + TIMEOUT_NANOS) == 200;
        } catch (IOException _) {
            return false;
        }
    }
}
