package io.nereid.bench.scheduler;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.nereid.bench.Usage;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.QueuedRequest;

import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * {@code bench/run cpu}: processor time and heap bytes per request through the scheduler, from {@code enqueue} to an
 * instance that drops it, for several numbers of producers and instances.
 *
 * <p>Not JMH: with more threads than processors its wall-clock time per operation says who waited, not what the work
 * costs. Here the processor time of the whole process is divided by the requests, the threads' own loops included.
 */
public final class SchedulerCost {
    private static final int WINDOW = 64;
    private static final int MAX_BATCH_SIZE = 32;
    static final String USAGE = Usage.of("cpu");

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private final int seconds;

    private SchedulerCost(int seconds) {
        this.seconds = seconds;
    }

    /** What one measurement gave. */
    private record Cost(long requests, double cpuNanos, double heapBytes) {}

    /** Prints the table. */
    public static void main(String... arguments) throws InterruptedException {
        if (arguments.length > 1 || (arguments.length == 1 && !arguments[0].matches("[1-9][0-9]{0,2}"))) {
            System.err.print(USAGE);
            System.exit(List.of(arguments).contains("--help") ? 0 : 1);
        }
        new SchedulerCost(arguments.length == 0 ? 3 : Integer.parseInt(arguments[0])).table();
    }

    private void table() throws InterruptedException {
        measure(4, 1, MAX_BATCH_SIZE);
        measure(4, 1, 1);
        System.out.println("| batch size | producers | instances | requests/s | CPU ns/request | heap bytes/request |");
        System.out.println("| ---: | ---: | ---: | ---: | ---: | ---: |");
        for (int batch : new int[]{MAX_BATCH_SIZE, 1}) {
            for (int producers : new int[]{1, 4, 16}) {
                for (int instances : new int[]{1, 2, 4}) {
                    Cost cost = measure(producers, instances, batch);
                    System.out.printf(Locale.ROOT, "| %d | %d | %d | %,d | %,.0f | %.1f |%n", batch, producers,
                            instances, cost.requests() / seconds, cost.cpuNanos(), cost.heapBytes());
                }
            }
        }
    }

    private Cost measure(int producerCount, int instances, int maxBatchSize) throws InterruptedException {
        BatchScheduler scheduler = Schedulers.of(Schedulers.batching(maxBatchSize));
        List<Producer> producers = IntStream.range(0, producerCount).mapToObj(_ -> new Producer(scheduler, WINDOW))
                .toList();
        List<Thread> droppers = start(Collections.nCopies(instances, () -> drop(scheduler)));
        List<Thread> enqueuers = start(producers);
        Thread.sleep(500);
        Cost cost = measure(producers);
        producers.forEach(Producer::stop);
        join(enqueuers);
        scheduler.close();
        join(droppers);
        return cost;
    }

    private static List<Thread> start(List<? extends Runnable> loops) {
        return loops.stream().map(loop -> Thread.ofPlatform().start(loop)).toList();
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private Cost measure(List<Producer> producers) throws InterruptedException {
        long requests = dispatched(producers);
        long cpu = process.getProcessCpuTime();
        long heap = threads.getTotalThreadAllocatedBytes();
        Thread.sleep(seconds * 1000L);
        requests = dispatched(producers) - requests;
        cpu = process.getProcessCpuTime() - cpu;
        heap = threads.getTotalThreadAllocatedBytes() - heap;
        return new Cost(requests, (double) cpu / requests, (double) heap / requests);
    }

    private static long dispatched(List<Producer> producers) {
        return producers.stream().mapToLong(Producer::dispatchedRequests).sum();
    }

    /** An instance that has nothing to compute. */
    private static void drop(BatchScheduler scheduler) {
        InstanceSlot slot = scheduler.addSlot(Schedulers.NOTHING_TO_END, () -> 0);
        while (scheduler.take(slot) != null) {
            List<QueuedRequest> batch = slot.batch();
            for (int i = 0; i < batch.size(); i++) {
                ((Producer) batch.get(i).listener()).dispatched();
            }
            batch.clear();
            scheduler.executed(slot, true, 0);
        }
    }
}
