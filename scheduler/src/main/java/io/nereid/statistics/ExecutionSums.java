package io.nereid.statistics;

/** What one instance, or all of a model version together, executed. Not thread-safe; recording allocates nothing. */
final class ExecutionSums {
    final ComputeSums.Sum success = new ComputeSums.Sum();
    final ComputeSums.Sum queue = new ComputeSums.Sum();
    final ComputeSums compute = new ComputeSums();
    final BatchHistogram batches = new BatchHistogram();
    final Histogram requestTimes;
    final Histogram queueTimes;
    final Histogram computeTimes;
    final Histogram batchSizes;
    final Histogram firstResponse;
    private long inferences;
    private long executions;
    private long lastInferenceMillis;

    ExecutionSums(StatisticsSettings settings) {
        this.requestTimes = new Histogram(settings.requests());
        this.queueTimes = new Histogram(settings.queue());
        this.computeTimes = new Histogram(settings.compute());
        this.batchSizes = new Histogram(settings.batchSize());
        this.firstResponse = new Histogram(settings.firstResponse());
    }

    void success(int rows, long requestNanos, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        long computeNanos = inputNanos + inferNanos + outputNanos;
        success.add(requestNanos);
        queue.add(queueNanos);
        compute.add(inputNanos, inferNanos, outputNanos);
        inferences += Math.max(1, rows);
        requestTimes.record(requestNanos);
        queueTimes.record(queueNanos);
        computeTimes.record(computeNanos);
    }

    /** A request that was answered without an execution. */
    void answered(long nanos) {
        success.add(nanos);
        queue.add(0);
        requestTimes.record(nanos);
        queueTimes.record(0);
        firstResponse.record(nanos);
    }

    void execution(int rows, CloseReason reason, long inputNanos, long inferNanos, long outputNanos, long nowMillis) {
        executions++;
        lastInferenceMillis = nowMillis;
        batches.record(rows, reason, inputNanos, inferNanos, outputNanos);
        batchSizes.record(rows);
    }

    void add(ExecutionSums other) {
        success.add(other.success);
        queue.add(other.queue);
        compute.add(other.compute);
        batches.add(other.batches);
        requestTimes.add(other.requestTimes);
        queueTimes.add(other.queueTimes);
        computeTimes.add(other.computeTimes);
        batchSizes.add(other.batchSizes);
        firstResponse.add(other.firstResponse);
        inferences += other.inferences;
        executions += other.executions;
        lastInferenceMillis = Math.max(lastInferenceMillis, other.lastInferenceMillis);
    }

    /** Requests answered, each by its rows, at least one. */
    long inferences() {
        return inferences;
    }

    long executions() {
        return executions;
    }

    /** When the last execution ended, by the wall clock; 0 while there was none. */
    long lastInferenceMillis() {
        return lastInferenceMillis;
    }
}
