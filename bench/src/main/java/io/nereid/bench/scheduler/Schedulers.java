package io.nereid.bench.scheduler;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.Alarm;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.Execution;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;

import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Schedulers and requests to measure. */
final class Schedulers {
    static final Execution NOTHING_TO_END = _ -> {
    };
    private static final Alarm NO_DEADLINES = (_, _) -> {
        throw new IllegalStateException("no request here has a deadline");
    };

    private Schedulers() {}

    /** A scheduler of requests without tensors or deadlines. */
    static BatchScheduler of(BatchPolicy policy) {
        SchedulerEnvironment environment = new SchedulerEnvironment(NanoClock.SYSTEM, NO_DEADLINES,
                new ModelStatistics(InstantSource.system()), (name, error) -> {
                    throw new IllegalStateException(name, error);
                });
        return new BatchScheduler(new BatchQueue(policy, PriorityLevels.NONE, 0), BatchCompatibility.ALL, false, null,
                environment);
    }

    /** A request of one row without tensors. */
    static InferenceRequest request() {
        return request(List.of());
    }

    /** A request of one row with an input of so many columns. */
    static InferenceRequest request(int columns) {
        return request(List.of(new Tensor("INPUT0", DataType.FP32, Shape.of(1, columns), MemorySegment.NULL)));
    }

    private static InferenceRequest request(List<Tensor> inputs) {
        return new InferenceRequest("", inputs, List.of(), 1, RequestOptions.DEFAULT, Map.of(), Lease.NONE);
    }

    static BatchPolicy batching(int maxBatchSize) {
        return maxBatchSize == 1 ? BatchPolicy.ALONE : new BatchPolicy(maxBatchSize, List.of(), 0);
    }
}
