package io.nereid.server.model;

import io.nereid.backend.BackendModel;
import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.statistics.ModelStatistics;

/** One loaded version of a model: its instances, its queue, its statistics. Thread-safe. */
public final class ServedModel implements AutoCloseable {
    private final ModelConfig config;
    private final ModelSignature signature;
    private final ModelStatistics statistics;
    private final Scheduler scheduler;
    private final InstanceGroup instances;
    private final BackendModel backendModel;

    ServedModel(ModelConfig config, ModelSignature signature, ModelStatistics statistics, Scheduler scheduler,
            InstanceGroup instances, BackendModel backendModel) {
        this.config = config;
        this.signature = signature;
        this.statistics = statistics;
        this.scheduler = scheduler;
        this.instances = instances;
        this.backendModel = backendModel;
    }

    /** The configuration it runs with, complete. */
    public ModelConfig config() {
        return config;
    }

    /** What requests are held against. */
    public ModelSignature signature() {
        return signature;
    }

    /** What it has done. */
    public ModelStatistics statistics() {
        return statistics;
    }

    /**
     * Queues a valid request. The model owns it from here on, and the listener hears the end of it; if this throws, the
     * caller still owns it.
     *
     * @return the way to give it up
     * @throws InferenceException UNAVAILABLE if the model is being unloaded, or its queue does not take the request
     */
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        return scheduler.enqueue(request, listener);
    }

    /** How many requests wait for an instance. */
    public int pending() {
        return scheduler.pending();
    }

    /** From now on no request waits for others to join it. */
    void expedite() {
        scheduler.expedite();
    }

    /** Lets what is queued run to its end, then gives everything back. Blocks that long. */
    @Override
    public void close() {
        try {
            instances.close();
        } finally {
            backendModel.close();
        }
    }
}
