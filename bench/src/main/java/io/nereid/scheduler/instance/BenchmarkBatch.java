package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;

import java.util.ArrayList;
import java.util.List;

/** Runs a request on an instance just as {@link InstanceThread} does, on the calling thread. */
public final class BenchmarkBatch {
    private final Batch batch;
    private final List<QueuedRequest> taken = new ArrayList<>(1);
    private final ModelInstance instance;

    /** A batch for this instance. */
    public BenchmarkBatch(ModelInstance instance, ModelStatistics statistics) {
        this.instance = instance;
        InstanceEnvironment environment = new InstanceEnvironment(false, statistics, NanoClock.SYSTEM, (_, error) -> {
            throw new AssertionError(error);
        });
        batch = new Batch(statistics.instance(instance.name(), instance.gpu()), environment, new OpenSenders(), () -> {
        }, (queued, outcome) -> outcome.sendTo(queued.listener()));
    }

    /** Executes the request and hands its answer to its listener. */
    public void run(QueuedRequest request) throws InferenceException, InstanceGoneException {
        taken.add(request);
        batch.start(taken);
        instance.execute(batch);
        boolean _ = batch.end();
        batch.finish(CloseReason.INSTANCE_IDLE);
    }
}
