package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what the instances of one model version did. Thread-safe; a reader sees whole records only. */
public final class ModelStatistics {
    private final InstantSource wallClock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Sum success = new Sum();
    @GuardedBy("lock")
    private final Sum fail = new Sum();
    @GuardedBy("lock")
    private final Sum queue = new Sum();
    @GuardedBy("lock")
    private final ComputeSums compute = new ComputeSums();
    @GuardedBy("lock")
    private final TreeMap<Integer, ComputeSums> batches = new TreeMap<>();
    @GuardedBy("lock")
    private long inferenceCount;
    @GuardedBy("lock")
    private long executionCount;
    @GuardedBy("lock")
    private long lastInferenceMillis;

    /** Statistics of a version that has done nothing yet. */
    public ModelStatistics(InstantSource wallClock) {
        this.wallClock = wallClock;
    }

    /**
     * Records a request of {@code batchSize} rows that was answered, with its times in nanoseconds. One of no rows counts
     * as one inference.
     */
    public void recordSuccess(int batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        lock.lock();
        try {
            success.add(queueNanos + inputNanos + inferNanos + outputNanos);
            queue.add(queueNanos);
            compute.add(inputNanos, inferNanos, outputNanos);
            inferenceCount += Math.max(1, batchSize);
        } finally {
            lock.unlock();
        }
    }

    /** Records a request that reached the scheduler and failed {@code nanos} after its arrival. */
    public void recordFailure(long nanos) {
        lock.lock();
        try {
            fail.add(nanos);
        } finally {
            lock.unlock();
        }
    }

    /** Records one execution of {@code rows} rows, with its times in nanoseconds. */
    public void recordExecution(int rows, long inputNanos, long inferNanos, long outputNanos) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            executionCount++;
            lastInferenceMillis = nowMillis;
            batches.computeIfAbsent(rows, _ -> new ComputeSums()).add(inputNanos, inferNanos, outputNanos);
        } finally {
            lock.unlock();
        }
    }

    /** All counts and durations as they are now. */
    public StatisticsSnapshot snapshot() {
        lock.lock();
        try {
            List<BatchStatistic> perBatchSize = batches.entrySet().stream()
                    .map(batch -> batch.getValue().toBatchStatistic(batch.getKey())).toList();
            return new StatisticsSnapshot(lastInferenceMillis, inferenceCount, executionCount, success.toStatistic(),
                    fail.toStatistic(), queue.toStatistic(), compute.input.toStatistic(), compute.infer.toStatistic(),
                    compute.output.toStatistic(), perBatchSize);
        } finally {
            lock.unlock();
        }
    }

    private static final class Sum {
        private long count;
        private long nanos;

        void add(long moreNanos) {
            count++;
            nanos += moreNanos;
        }

        DurationStatistic toStatistic() {
            return count == 0 ? DurationStatistic.NONE : new DurationStatistic(count, nanos);
        }
    }

    private static final class ComputeSums {
        private final Sum input = new Sum();
        private final Sum infer = new Sum();
        private final Sum output = new Sum();

        void add(long inputNanos, long inferNanos, long outputNanos) {
            input.add(inputNanos);
            infer.add(inferNanos);
            output.add(outputNanos);
        }

        BatchStatistic toBatchStatistic(int batchSize) {
            return new BatchStatistic(batchSize, input.toStatistic(), infer.toStatistic(), output.toStatistic());
        }
    }
}
