package io.nereid.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Several threads that start at the same moment. */
public final class Race {
    private Race() {}

    /** What each thread does. */
    @FunctionalInterface
    public interface Runner {
        /** Runs as thread number {@code thread}, counted from 0. */
        void run(int thread) throws Exception;
    }

    /** Runs all threads to their ends, and fails with the first failure among them. */
    public static void run(int threads, Runner runner) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                tasks.add(() -> {
                    start.await(20, TimeUnit.SECONDS);
                    runner.run(thread);
                    return null;
                });
            }
            for (Future<Void> done : executor.invokeAll(tasks)) {
                done.get();
            }
        }
    }
}
