package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.ExecutionResults;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Release;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Executions of an instance that no scheduler decides on; they count in no statistics, and nothing runs again. Used by
 * one thread at a time.
 */
final class UnscheduledBatch {
    private final ModelInstance instance;
    private final OpenSenders openSenders = new OpenSenders();
    private final Batch batch;

    /**
     * Executions of that instance.
     *
     * @param decoupled whether its model may give any number of responses
     * @param iterative whether it may run a request several times
     * @param internalErrors receives what no contract allows
     */
    UnscheduledBatch(ModelInstance instance, boolean decoupled, boolean iterative, InternalErrorLog internalErrors) {
        this.instance = instance;
        // thrown away with what it has counted
        ModelStatistics uncounted = new ModelStatistics(InstantSource.system());
        this.batch = new Batch(uncounted.instance(instance.name(), instance.gpu()),
                new InstanceEnvironment(decoupled, iterative, uncounted, NanoClock.SYSTEM, internalErrors), openSenders,
                instance::terminate, new Delivery());
    }

    /**
     * Runs the requests, at least one, as one batch, and waits until all their responses were sent. The requests'
     * memory is released.
     *
     * @param listeners by the number of the request, who gets its responses
     */
    void execute(List<InferenceRequest> requests, IntFunction<ResponseListener> listeners) {
        List<QueuedRequest> queued = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            InferenceRequest request = requests.get(i);
            queued.add(new QueuedRequest(request.withMemory(Lease.counted(request.memory())), listeners.apply(i),
                    BatchKey.ANY, System.nanoTime(), _ -> {
                    }));
        }
        batch.start(queued);
        InferenceException thrown = run();
        if (thrown != null) {
            batch.abortSenders(thrown);
        }
        if (batch.end()) {
            instance.forgetTermination();
        }
        if (thrown != null) {
            batch.failUnanswered(thrown);
        }
        batch.finish(CloseReason.INSTANCE_IDLE);
        openSenders.awaitNone();
    }

    /** The same border as in {@link InstanceThread}: whatever a backend throws is a failure of this model. */
    private @Nullable InferenceException run() {
        try {
            instance.execute(batch);
            return null;
        } catch (InferenceException e) {
            return e;
        } catch (InstanceGoneException e) {
            return e.forClients();
        } catch (Throwable e) {
            return new InferenceException(ErrorCode.INTERNAL, "instance '" + instance.name() + "' failed: " + e, e);
        }
    }

    /** Hands answers on at once; nothing runs again. */
    private static final class Delivery implements ExecutionResults {
        @Override
        public void deliver(QueuedRequest request, Outcome outcome) {
            outcome.sendTo(request.listener());
        }

        @Override
        public void release(QueuedRequest request, Release release) {
            if (release == Release.RESCHEDULE) {
                request.request().memory().release();
            }
        }

        @Override
        public void awaitRelease(QueuedRequest request) {
            // nobody waits for its place
        }
    }
}
