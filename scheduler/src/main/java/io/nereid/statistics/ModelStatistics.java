package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what the instances of one model version did. Thread-safe; a reader sees whole records only. */
public final class ModelStatistics {
    private final InstantSource wallClock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ComputeSums.Sum success = new ComputeSums.Sum();
    @GuardedBy("lock")
    private final ComputeSums.Sum fail = new ComputeSums.Sum();
    @GuardedBy("lock")
    private final ComputeSums.Sum queue = new ComputeSums.Sum();
    @GuardedBy("lock")
    private final ComputeSums compute = new ComputeSums();
    @GuardedBy("lock")
    private final BatchHistogram batches = new BatchHistogram();
    @GuardedBy("lock")
    private final ResponseSums responses = new ResponseSums();
    @GuardedBy("lock")
    private final EnumCounts<Rejection> rejections = new EnumCounts<>(Rejection.class);
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

    /**
     * Records a request that was not run. It counts nowhere else: who rejects one that had reached the scheduler records
     * its failure too.
     */
    public void recordRejection(Rejection reason) {
        lock.lock();
        try {
            rejections.increment(reason);
        } finally {
            lock.unlock();
        }
    }

    /** Records one execution of {@code rows} rows, why its batch was closed, and its times in nanoseconds. */
    public void recordExecution(int rows, CloseReason reason, long inputNanos, long inferNanos, long outputNanos) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            executionCount++;
            lastInferenceMillis = nowMillis;
            batches.record(rows, reason, inputNanos, inferNanos, outputNanos);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records a response that a decoupled model sent, with its times in nanoseconds. Those that follow more than 1,000
     * others of the same request are not kept.
     *
     * @param index how many responses of the request were sent before
     */
    public void recordResponse(int index, long inferNanos, long outputNanos) {
        lock.lock();
        try {
            responses.sent(index, inferNanos, outputNanos);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that a request of a decoupled model ended without a last response, {@code nanos} after the response before.
     *
     * @param index how many responses of the request were sent; as for {@link #recordResponse}
     */
    public void recordEnd(int index, ResponseEnd end, long nanos) {
        lock.lock();
        try {
            responses.ended(index, end, nanos);
        } finally {
            lock.unlock();
        }
    }

    /** All counts and durations as they are now. */
    public StatisticsSnapshot snapshot() {
        lock.lock();
        try {
            Explanation explanation = new Explanation(batches.toClosedBatches(), batches.closedBy().toMap(),
                    rejections.toMap());
            return new StatisticsSnapshot(lastInferenceMillis, inferenceCount, executionCount, success.toStatistic(),
                    fail.toStatistic(), queue.toStatistic(), compute.input.toStatistic(), compute.infer.toStatistic(),
                    compute.output.toStatistic(), batches.toStatistics(), responses.toStatistics(), explanation);
        } finally {
            lock.unlock();
        }
    }
}
