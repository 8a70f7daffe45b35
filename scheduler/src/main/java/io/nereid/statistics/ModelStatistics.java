package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what the instances of one model version did. Thread-safe; a reader sees whole records only. */
public final class ModelStatistics {
    /** In place of a GPU's number: none. */
    public static final int NO_GPU = -1;

    private final InstantSource wallClock;
    private final StatisticsSettings settings;
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
    private final EnumCounts<FailureReason> failures = new EnumCounts<>(FailureReason.class);
    @GuardedBy("lock")
    private final Histogram requestTimes;
    @GuardedBy("lock")
    private final Histogram queueTimes;
    @GuardedBy("lock")
    private final Histogram computeTimes;
    @GuardedBy("lock")
    private final Histogram batchSizes;
    @GuardedBy("lock")
    private final Histogram firstResponse;
    @GuardedBy("lock")
    private final List<DeviceSums> devices = new ArrayList<>(1);
    @GuardedBy("lock")
    private final List<InstanceSums> instances = new ArrayList<>(1);
    @GuardedBy("lock")
    private long loadNanos;
    @GuardedBy("lock")
    private long inferenceCount;
    @GuardedBy("lock")
    private long executionCount;
    @GuardedBy("lock")
    private long lastInferenceMillis;

    /** Statistics of a version that has done nothing yet, with the usual buckets. */
    public ModelStatistics(InstantSource wallClock) {
        this(wallClock, StatisticsSettings.DEFAULT);
    }

    /** Statistics of a version that has done nothing yet. */
    public ModelStatistics(InstantSource wallClock, StatisticsSettings settings) {
        this.wallClock = wallClock;
        this.settings = settings;
        this.requestTimes = new Histogram(settings.requests());
        this.queueTimes = new Histogram(settings.queue());
        this.computeTimes = new Histogram(settings.compute());
        this.batchSizes = new Histogram(settings.batchSize());
        this.firstResponse = new Histogram(settings.firstResponse());
    }

    /**
     * Whoever runs an instance records by this what it did.
     *
     * @param name the instance's
     * @param gpu the GPU it is on, as CUDA counts; {@link #NO_GPU} for none
     */
    public Instance instance(String name, int gpu) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            InstanceSums added = new InstanceSums(name);
            instances.add(added);
            return new Instance(name, added, device(gpu, nowMillis));
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private DeviceSums device(int gpu, long nowMillis) {
        for (DeviceSums device : devices) {
            if (device.gpu() == gpu) {
                return device;
            }
        }
        DeviceSums added = new DeviceSums(gpu, settings.quantiles(), nowMillis);
        devices.add(added);
        devices.sort(Comparator.comparingInt(DeviceSums::gpu));
        return added;
    }

    /** Records how long the version took to load. */
    public void recordLoad(long nanos) {
        lock.lock();
        try {
            loadNanos = nanos;
        } finally {
            lock.unlock();
        }
    }

    /** Records a request that reached the scheduler and failed {@code nanos} after its arrival. */
    public void recordFailure(FailureReason reason, long nanos) {
        lock.lock();
        try {
            fail.add(nanos);
            failures.increment(reason);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records a request that was not run. It counts nowhere else: who rejects one that had reached the scheduler
     * records its failure too.
     */
    public void recordRejection(Rejection reason) {
        lock.lock();
        try {
            rejections.increment(reason);
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
     * Records that a request of a decoupled model ended without a last response, {@code nanos} after the response
     * before.
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

    /** Records that the first response to a request was made, so many nanoseconds after its arrival. */
    public void recordFirstResponse(long nanos) {
        lock.lock();
        try {
            firstResponse.record(nanos);
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

    /** What metrics say beyond that, as it is now. */
    public MetricsSnapshot metrics() {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            devices.forEach(device -> device.slide(nowMillis));
            return new MetricsSnapshot(devices.stream().map(DeviceSums::snapshot).toList(), failures.toMap(),
                    rejections.toMap(), batches.closedBy().toMap(), requestTimes.snapshot(), queueTimes.snapshot(),
                    computeTimes.snapshot(), batchSizes.snapshot(), firstResponse.snapshot(),
                    instances.stream().map(InstanceSums::snapshot).toList(), loadNanos);
        } finally {
            lock.unlock();
        }
    }

    /** What one instance did. Thread-safe; its owner closes it when there is no such instance any more. */
    public final class Instance implements AutoCloseable {
        private final String name;
        @GuardedBy("lock")
        private final DeviceSums device;
        @GuardedBy("lock")
        private final InstanceSums sums;

        private Instance(String name, InstanceSums sums, DeviceSums device) {
            this.name = name;
            this.sums = sums;
            this.device = device;
        }

        /** The instance's name. */
        public String name() {
            return name;
        }

        /**
         * Records a request of {@code batchSize} rows that was answered, with its times in nanoseconds. One of no rows
         * counts as one inference.
         */
        public void recordSuccess(int batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
            long computeNanos = inputNanos + inferNanos + outputNanos;
            boolean sliding = !settings.quantiles().isEmpty();
            long nowMillis = sliding ? wallClock.millis() : 0;
            lock.lock();
            try {
                if (sliding) {
                    device.slide(nowMillis);
                }
                success.add(queueNanos + computeNanos);
                queue.add(queueNanos);
                compute.add(inputNanos, inferNanos, outputNanos);
                inferenceCount += Math.max(1, batchSize);
                requestTimes.record(queueNanos + computeNanos);
                queueTimes.record(queueNanos);
                computeTimes.record(computeNanos);
                device.success(batchSize);
                device.add(Phase.REQUEST, queueNanos + computeNanos);
                device.add(Phase.QUEUE, queueNanos);
                device.add(Phase.COMPUTE_INPUT, inputNanos);
                device.add(Phase.COMPUTE_INFER, inferNanos);
                device.add(Phase.COMPUTE_OUTPUT, outputNanos);
            } finally {
                lock.unlock();
            }
        }

        /**
         * Records one execution of {@code rows} rows, why its batch was closed, and its times in nanoseconds; after the
         * requests that were in it.
         */
        public void recordExecution(int rows, CloseReason reason, long inputNanos, long inferNanos, long outputNanos) {
            long nowMillis = wallClock.millis();
            lock.lock();
            try {
                executionCount++;
                lastInferenceMillis = nowMillis;
                batches.record(rows, reason, inputNanos, inferNanos, outputNanos);
                batchSizes.record(rows);
                device.execution();
                busy(inputNanos + inferNanos + outputNanos);
            } finally {
                lock.unlock();
            }
        }

        /** Records an execution of {@code nanos} nanoseconds none of whose requests was answered. */
        public void recordFailedExecution(long nanos) {
            lock.lock();
            try {
                busy(nanos);
            } finally {
                lock.unlock();
            }
        }

        @GuardedBy("lock")
        private void busy(long nanos) {
            sums.busy(nanos);
            device.busy(nanos);
        }

        /** The instance is no more; what it did still counts for its model. */
        @Override
        public void close() {
            lock.lock();
            try {
                instances.remove(sums);
            } finally {
                lock.unlock();
            }
        }
    }
}
