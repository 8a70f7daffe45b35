package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
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
import java.util.concurrent.atomic.AtomicReference;

/**
 * Executions of an instance that has no {@link InstanceThread} yet: their responses are dropped, and they count in no
 * statistics. One that the model would run again has run. Used by the thread that warms the instance up.
 */
public final class WarmupRun {
    private final ModelInstance instance;
    private final OpenSenders openSenders = new OpenSenders();
    private final AtomicReference<@Nullable InferenceException> failure = new AtomicReference<>();
    private final Batch batch;

    /**
     * Runs of that instance.
     *
     * @param decoupled whether its model may give any number of responses
     * @param iterative whether it may run a request several times
     * @param internalErrors receives what no contract allows
     */
    public WarmupRun(ModelInstance instance, boolean decoupled, boolean iterative, InternalErrorLog internalErrors) {
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
     * @throws InferenceException what the first request failed with that failed
     */
    public void execute(List<InferenceRequest> requests) throws InferenceException {
        failure.set(null);
        List<QueuedRequest> queued = new ArrayList<>(requests.size());
        for (InferenceRequest request : requests) {
            queued.add(new QueuedRequest(request.withMemory(Lease.counted(request.memory())), new Dropping(),
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
        InferenceException first = failure.get();
        if (first != null) {
            throw first;
        }
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

    /** Called by the warming thread and, for a decoupled model, by threads of the backend. */
    private final class Dropping implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            response.memory().release();
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            failure.compareAndSet(null, error);
        }

        @Override
        public void onEnd() {
            // a decoupled model need not have any response
        }

        @Override
        public void onError(InferenceException error) {
            failure.compareAndSet(null, error);
        }
    }
}
