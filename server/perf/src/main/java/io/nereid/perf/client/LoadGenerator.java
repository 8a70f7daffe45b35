package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Requests to a server, sent by threads of its own. */
public final class LoadGenerator implements RunningLoad {
    private static final long DRAIN_NANOS = 5_000_000_000L;
    private static final long JOIN_MILLIS = 10_000;
    private static final int PROCESSORS_OF_THREAD = 8;

    private final List<LoadThread> loads = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    private LoadGenerator() {}

    /** How many threads send unless more or fewer are wanted: one for eight processors. */
    public static int usualThreads() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_OF_THREAD);
    }

    /**
     * Keeps requests under way, each of another client.
     *
     * @param clients how many, above 0
     * @param maxThreads that send them, above 0
     */
    public static LoadGenerator closedLoop(Transport transport, int clients, int maxThreads, ClientOptions options,
            RequestBudget budget) throws IOException {
        int threads = Math.min(clients, maxThreads);
        LoadGenerator generator = new LoadGenerator();
        for (int i = 0; i < threads; i++) {
            int senders = clients / threads + (i < clients % threads ? 1 : 0);
            generator.loads.add(
                    new LoadThread(transport, new Dispatcher.Share(i, threads, senders), options, null, budget));
        }
        generator.start(null);
        return generator;
    }

    /**
     * Sends requests at their moments, each by a client that has none under way.
     *
     * @param arrivals of each thread, by its number from 0; the same moments at each call
     * @param maxClients how many requests are under way at most; what is then due waits, and its time counts
     */
    public static LoadGenerator openLoop(Transport transport, IntFunction<Arrivals> arrivals, int threads,
            int maxClients, ClientOptions options, RequestBudget budget) throws IOException {
        LoadGenerator generator = new LoadGenerator();
        for (int i = 0; i < threads; i++) {
            Dispatcher.Share share = new Dispatcher.Share(i, threads, Math.max(1, maxClients / threads));
            generator.loads.add(new LoadThread(transport, share, options, arrivals.apply(i), budget));
        }
        generator.start(arrivals);
        return generator;
    }

    private void start(@Nullable IntFunction<Arrivals> paces) {
        long startNanos = System.nanoTime();
        for (int i = 0; i < loads.size(); i++) {
            LoadThread load = loads.get(i);
            Arrivals pace = paces == null ? null : paces.apply(i);
            threads.add(Thread.ofPlatform().daemon().name("nereid-perf-load-" + i)
                    .start(() -> load.run(startNanos, pace)));
        }
    }

    @Override
    public Sample take() {
        return Sample.merged(loads.stream().map(LoadThread::take).toList());
    }

    @Override
    public boolean awaitEnd(long nanos) throws InterruptedException {
        long endNanos = System.nanoTime() + nanos;
        for (Thread thread : threads) {
            if (!thread.join(Duration.ofNanos(Math.max(1, endNanos - System.nanoTime())))) {
                return false;
            }
        }
        return true;
    }

    /** Waits up to five seconds for what is under way. */
    @Override
    public void close() {
        loads.forEach(load -> load.stop(DRAIN_NANOS));
        try {
            for (Thread thread : threads) {
                thread.join(JOIN_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // they end by themselves
        }
    }
}
