package io.nereid.bench.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.QueuedRequest;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The decisions of the batcher alone, with 1,000 requests queued: per request taken and put back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatchQueueBenchmark {
    private static final int QUEUED = 1000;
    private static final int BATCH = 8;
    private static final ResponseListener NOBODY = new ResponseListener() {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            throw new IllegalStateException("nothing runs here");
        }

        @Override
        public void onError(InferenceException error) {
            throw new IllegalStateException("nothing runs here", error);
        }
    };

    @Param({"1", "100"})
    int shapes;

    private final BatchQueue queue = new BatchQueue(Schedulers.batching(BATCH), PriorityLevels.NONE, 0);
    private final Taker taker = new Taker(new ArrayList<>(BATCH));

    /** Fills the queue with as many requests of each shape. */
    @Setup
    public void fill() {
        BatchCompatibility compatibility = BatchCompatibility
                .of(List.of(new BatchCompatibility.Input("INPUT0", true, false)));
        for (int i = 0; i < QUEUED; i++) {
            InferenceRequest request = Schedulers.request(1 + i % shapes);
            boolean _ = queue.offer(queue.entries().create(request, NOBODY, compatibility.key(request), i, _ -> {
            }));
        }
    }

    /** Takes a full batch and puts its requests back at the end: what a request costs on its way in and out. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int takeAndOffer() {
        Object _ = queue.decide(QUEUED, taker);
        List<QueuedRequest> batch = taker.batch();
        int taken = batch.size();
        for (int i = 0; i < taken; i++) {
            boolean _ = queue.offer(batch.get(i));
        }
        batch.clear();
        return taken;
    }

    /** The instance that takes them. */
    private record Taker(List<QueuedRequest> batch) implements IdleInstance {
        @Override
        public int number() {
            return 0;
        }

        @Override
        public int maxRows() {
            return Integer.MAX_VALUE;
        }
    }
}
