package io.nereid.statistics;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one instance of a model version did. Thread-safe; made to be used by the one thread that runs the instance, which
 * then meets nobody at the lock but readers. Its owner closes it when there is no such instance any more; nothing is
 * recorded after.
 */
public final class InstanceStatistics implements AutoCloseable {
    private final ModelStatistics model;
    private final String name;
    private final StatisticsSettings settings;
    private final InstantSource wallClock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ExecutionSums executions;
    @GuardedBy("lock")
    private final DeviceSums device;

    /** @param model the version's, which adds this up and keeps single requests */
    InstanceStatistics(ModelStatistics model, String name, int gpu, StatisticsSettings settings,
            InstantSource wallClock) {
        this.model = model;
        this.name = name;
        this.settings = settings;
        this.wallClock = wallClock;
        this.executions = new ExecutionSums(settings);
        this.device = new DeviceSums(gpu, settings.quantiles(), wallClock.millis());
    }

    /** The instance's name. */
    public String name() {
        return name;
    }

    /**
     * Records a request of {@code batchSize} rows that was answered by one response when its execution ended, with
     * its times in nanoseconds. One of no rows counts as one inference.
     */
    public void recordSuccess(int batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        long nowMillis = stepMillis();
        lock.lock();
        try {
            success(batchSize, queueNanos, inputNanos, inferNanos, outputNanos, nowMillis);
            executions.firstResponse.record(queueNanos + inputNanos + inferNanos + outputNanos);
        } finally {
            lock.unlock();
        }
        model.keep(batchSize, queueNanos, inputNanos + inferNanos + outputNanos);
    }

    /** Records a request as {@link #recordSuccess}, but for its responses: their sender records them. */
    public void recordStreamed(int batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        long nowMillis = stepMillis();
        lock.lock();
        try {
            success(batchSize, queueNanos, inputNanos, inferNanos, outputNanos, nowMillis);
        } finally {
            lock.unlock();
        }
        model.keep(batchSize, queueNanos, inputNanos + inferNanos + outputNanos);
    }

    /** The time by the wall clock where quantiles slide with it, else 0: reading it costs as much as recording. */
    private long stepMillis() {
        return settings.quantiles().isEmpty() ? 0 : wallClock.millis();
    }

    /**
     * Records a request to an ensemble of {@code batchSize} rows, which is an execution of its own: how long it
     * took, and the sums of its steps' times, all in nanoseconds; steps may have run at the same time.
     *
     * @param only whether it was answered by one response when it ended
     */
    public void recordComposed(int batchSize, long requestNanos, long inputNanos, long inferNanos,
            long outputNanos, boolean only) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            success(batchSize, requestNanos, 0, inputNanos, inferNanos, outputNanos, nowMillis);
            executions.execution(Math.max(1, batchSize), CloseReason.INSTANCE_IDLE, inputNanos, inferNanos,
                    outputNanos,
                    nowMillis);
            device.execution();
            if (only) {
                executions.firstResponse.record(requestNanos);
            }
        } finally {
            lock.unlock();
        }
        model.keep(batchSize, 0, requestNanos);
    }

    @GuardedBy("lock")
    private void success(int batchSize, long queueNanos, long inputNanos, long inferNanos, long outputNanos,
            long nowMillis) {
        success(batchSize, queueNanos + inputNanos + inferNanos + outputNanos, queueNanos, inputNanos, inferNanos,
                outputNanos, nowMillis);
    }

    @GuardedBy("lock")
    private void success(int batchSize, long requestNanos, long queueNanos, long inputNanos, long inferNanos,
            long outputNanos, long nowMillis) {
        executions.success(batchSize, requestNanos, queueNanos, inputNanos, inferNanos, outputNanos);
        device.slide(nowMillis);
        device.success(batchSize);
        device.add(Phase.REQUEST, requestNanos);
        device.add(Phase.QUEUE, queueNanos);
        device.add(Phase.COMPUTE_INPUT, inputNanos);
        device.add(Phase.COMPUTE_INFER, inferNanos);
        device.add(Phase.COMPUTE_OUTPUT, outputNanos);
    }

    /**
     * Records one execution of {@code rows} rows, why its batch was closed, and its times in nanoseconds; after the
     * requests that were in it.
     */
    public void recordExecution(int rows, CloseReason reason, long inputNanos, long inferNanos, long outputNanos) {
        long nowMillis = wallClock.millis();
        lock.lock();
        try {
            executions.execution(rows, reason, inputNanos, inferNanos, outputNanos, nowMillis);
            device.execution();
            device.busy(inputNanos + inferNanos + outputNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Records an execution of {@code nanos} nanoseconds none of whose requests was answered. */
    public void recordFailedExecution(long nanos) {
        lock.lock();
        try {
            device.busy(nanos);
        } finally {
            lock.unlock();
        }
    }

    /** How many requests it has answered. */
    long answered() {
        lock.lock();
        try {
            return executions.success.count();
        } finally {
            lock.unlock();
        }
    }

    /** Adds what it did, and the instance itself if it has a name. */
    void addTo(InstanceTotals totals, long nowMillis) {
        lock.lock();
        try {
            totals.add(executions, device, nowMillis);
            if (!name.isEmpty()) {
                totals.add(new InstanceSnapshot(name, device.gpu(), device.busyNanos()));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds what it did to what instances did that are no more. */
    void endInto(InstanceTotals ended, long nowMillis) {
        lock.lock();
        try {
            ended.add(executions, device, nowMillis);
        } finally {
            lock.unlock();
        }
    }

    /** The instance is no more; what it did still counts for its model. */
    @Override
    public void close() {
        model.close(this);
    }
}
