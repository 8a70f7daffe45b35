package io.nereid.backend.worker;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorData;
import io.nereid.scheduler.instance.ModelInstance;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A version of a model whose instances are worker processes, one each. Thread-safe.
 *
 * @param <C> what answers the calls of a worker
 */
public abstract class ModelInWorkers<C extends CallAnswers> implements BackendModel {
    private final WorkerModel model;
    private final OutputRules rules;
    private final TensorAllocator pooled;
    private final Set<WorkerProcess> running = ConcurrentHashMap.newKeySet();

    /**
     * A model without instances.
     *
     * @param rules for its responses
     * @param pooled where short outputs go
     */
    protected ModelInWorkers(WorkerModel model, OutputRules rules, TensorAllocator pooled) {
        this.model = model;
        this.rules = rules;
        this.pooled = pooled;
    }

    /** What answers the calls of a new worker, which uses these parts. */
    protected abstract C calls(InstancePlacement placement, Extents extents, RunningRequests requests,
            IncomingTensors incoming, ResponseReader responses);

    /**
     * Starts a worker, which waits for its first question then.
     *
     * @throws InferenceException if the process cannot be started
     */
    protected abstract WorkerProcess start(InstancePlacement placement, C calls) throws InferenceException;

    /**
     * Has the worker open the model for an instance; blocks.
     *
     * @throws InferenceException if it cannot, or the worker ends
     */
    protected abstract void open(WorkerProcess worker, C calls, InstancePlacement placement) throws InferenceException;

    @Override
    public final ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
        return createInstance(placement, new Abandonment());
    }

    @Override
    public final ModelInstance createInstance(InstancePlacement placement, Abandonment abandonment)
            throws InferenceException {
        Extents extents = new Extents();
        RunningRequests requests = new RunningRequests(extents);
        IncomingTensors incoming = new IncomingTensors(model.shared(), extents, pooled);
        ResponseReader responses = new ResponseReader(rules, incoming);
        C calls = calls(placement, extents, requests, incoming, responses);
        WorkerProcess worker = start(placement, calls);
        running.add(worker);
        worker.onExit(() -> running.remove(worker));
        try (Abandonment.Watch _ = abandonment.watch(worker::kill)) {
            open(worker, calls, placement);
            return new WorkerInstance(placement, model, worker, extents, requests, responses, calls);
        } catch (InferenceException | RuntimeException | Error e) {
            worker.close();
            calls.close();
            extents.close();
            throw e;
        }
    }

    @Override
    public final TensorData.Kind inputKind() {
        return TensorData.Kind.SHARED;
    }

    /** Each has a process of its own. */
    @Override
    public final boolean createsInstancesAtOnce() {
        return true;
    }

    /** {@inheritDoc} What its workers have of their own; not what they share, nor what processes that they start have. */
    @Override
    public final long memoryBytes() {
        return running.stream().mapToLong(WorkerProcess::memoryBytes).sum();
    }

    @Override
    public final void close() {
        // The instances have it all.
    }
}
