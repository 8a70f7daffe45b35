package io.nereid.bench.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/**
 * Requests through the scheduler on one thread, which nobody contends with: 32 come, then batches are taken until none
 * is left. What threads that wait for each other add is {@link SchedulerCost}'s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SchedulerBenchmark implements ResponseListener {
    private static final int REQUESTS = 32;

    @Param({"1", "8", "32"})
    int maxBatchSize;

    private final InferenceRequest request = Schedulers.request();
    private BatchScheduler scheduler = Schedulers.of(Schedulers.batching(1));
    private InstanceSlot slot = scheduler.addSlot(Schedulers.NOTHING_TO_END, () -> 0);

    /** A scheduler of the batch size. */
    @Setup
    public void open() {
        scheduler = Schedulers.of(Schedulers.batching(maxBatchSize));
        slot = scheduler.addSlot(Schedulers.NOTHING_TO_END, () -> 0);
    }

    /** Per request. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int enqueueAndTake() throws InferenceException {
        for (int i = 0; i < REQUESTS; i++) {
            Object _ = scheduler.enqueue(request, this);
        }
        int taken = 0;
        while (taken < REQUESTS) {
            Object _ = scheduler.take(slot);
            taken += slot.batch().size();
            slot.batch().clear();
            scheduler.executed(slot, true, 0);
        }
        return taken;
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        throw new IllegalStateException("nothing runs here");
    }

    @Override
    public void onError(InferenceException error) {
        throw new IllegalStateException("nothing runs here", error);
    }
}
