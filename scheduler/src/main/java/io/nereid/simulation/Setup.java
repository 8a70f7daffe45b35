package io.nereid.simulation;

import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.QueuePolicy;

/**
 * What is simulated.
 *
 * @param arrivals when requests come
 * @param minRows rows of a request: from this
 * @param maxRows to this, each as likely
 * @param service how long batches run
 * @param instances how many run at once
 * @param batching how batches are formed
 * @param queuePolicy who may wait, and for how long
 * @param targetNanos p99 that the tuner is to keep; 0 for no tuner
 * @param deadlineNanos an answer after so long is worth nothing (goodput); 0 for no such limit
 * @param warmupNanos what is answered or refused before does not count
 * @param durationNanos when the last request comes
 * @param seed of everything random
 */
public record Setup(ArrivalPattern arrivals, int minRows, int maxRows, ServiceLaw service, int instances,
        BatchPolicy batching, QueuePolicy queuePolicy, long targetNanos, long deadlineNanos, long warmupNanos,
        long durationNanos, long seed) {

    public Setup withService(ServiceLaw other) {
        return new Setup(arrivals, minRows, maxRows, other, instances, batching, queuePolicy, targetNanos,
                deadlineNanos, warmupNanos, durationNanos, seed);
    }

    public Setup withInstances(int other) {
        return new Setup(arrivals, minRows, maxRows, service, other, batching, queuePolicy, targetNanos,
                deadlineNanos, warmupNanos, durationNanos, seed);
    }

    public Setup withBatching(BatchPolicy other) {
        return new Setup(arrivals, minRows, maxRows, service, instances, other, queuePolicy, targetNanos,
                deadlineNanos, warmupNanos, durationNanos, seed);
    }

    public Setup withQueuePolicy(QueuePolicy other) {
        return new Setup(arrivals, minRows, maxRows, service, instances, batching, other, targetNanos,
                deadlineNanos, warmupNanos, durationNanos, seed);
    }

    public Setup withTarget(long other) {
        return new Setup(arrivals, minRows, maxRows, service, instances, batching, queuePolicy, other,
                deadlineNanos, warmupNanos, durationNanos, seed);
    }

    public Setup withDeadline(long other) {
        return new Setup(arrivals, minRows, maxRows, service, instances, batching, queuePolicy, targetNanos, other,
                warmupNanos, durationNanos, seed);
    }

    public Setup withSeed(long other) {
        return new Setup(arrivals, minRows, maxRows, service, instances, batching, queuePolicy, targetNanos,
                deadlineNanos, warmupNanos, durationNanos, other);
    }
}
