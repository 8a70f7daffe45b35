package io.nereid.server.model;

import io.nereid.backend.Abandonment;
import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.VersionAlias;
import io.nereid.scheduler.QueueLoad;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.protocol.InFlight;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.statistics.ModelStatistics;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One loaded version of a model: what runs its requests, and its statistics. Thread-safe. */
public final class ServedModel implements AutoCloseable {
    /** How long a model may think about whether it is ready, as in Triton. */
    private static final long READY_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(8);

    private volatile ModelConfig config;
    private volatile List<VersionAlias> aliases;
    private final String content;
    private final ModelSignature signature;
    private final InputMemory inputMemory;
    private final ModelStatistics statistics;
    private final ModelExecution execution;
    private final Scheduler scheduler;
    private final Lease loaded;
    private final ModelFiles files;
    private final Runnable onClosed;
    private final InFlight inFlight = new InFlight();
    private final Readiness readiness;

    /**
     * A version that is ready to run requests.
     *
     * @param content what its answers depend on beside the requests
     * @param loaded what its instances share; released when they are closed
     * @param files released at the end
     */
    public ServedModel(ModelConfig config, String content, ModelSignature signature, InputMemory inputMemory,
            ModelStatistics statistics,
            ModelExecution execution, Lease loaded, ModelFiles files, Runnable onClosed) {
        this.config = config;
        this.aliases = config.versionAliases();
        this.content = content;
        this.signature = signature;
        this.inputMemory = inputMemory;
        this.statistics = statistics;
        this.execution = execution;
        this.scheduler = execution.scheduler();
        this.loaded = loaded;
        this.files = files;
        this.onClosed = onClosed;
        this.readiness = new Readiness(execution::askReady, READY_LIMIT_NANOS);
    }

    /** The configuration it runs with, complete. */
    public ModelConfig config() {
        return config;
    }

    /** The names for versions of the model that its configuration has. */
    List<VersionAlias> aliases() {
        return aliases;
    }

    /** Whether a sequence of that id is open here. */
    boolean hasSequence(CorrelationId id) {
        return scheduler.hasSequence(id);
    }

    /** How many sequences are open here. */
    public int openSequences() {
        return scheduler.openSequences();
    }

    /** What its answers depend on beside the requests: a text that differs wherever answers may. */
    public String content() {
        return content;
    }

    /** What requests are validated against. */
    public ModelSignature signature() {
        return signature;
    }

    /** Where it wants its inputs: what the network reads requests into. */
    public InputMemory inputMemory() {
        return inputMemory;
    }

    /** What it has done. */
    public ModelStatistics statistics() {
        return statistics;
    }

    /**
     * Queues a valid request. The model owns it from here on, and the listener receives its responses and its end; if
     * this throws, the caller still owns it.
     *
     * @return the way to cancel it
     * @throws InferenceException UNAVAILABLE if the model is being unloaded, or its queue rejects the request
     */
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        return scheduler.enqueue(request, listener);
    }

    /** Its instances as they are now. */
    public InstanceCounts instances() {
        return execution.counts();
    }

    /** Whether it can run a request now: where instances can be gone, whether one works. */
    public boolean isWorking() {
        return execution.counts().isWorking();
    }

    /**
     * Waits until the model has said itself that it is ready, where it has something to say to that. Blocks for up to
     * eight seconds.
     *
     * @throws InferenceException UNAVAILABLE if it is not, or does not answer
     */
    void awaitReady() throws InferenceException {
        readiness.await();
    }

    /** What each of its instances says to whether it is ready, where they can be asked; returns at once. */
    public List<CompletableFuture<Boolean>> askReady() {
        return execution.askReady();
    }

    /** Bytes that it and its instances hold now, besides what requests bring; 0 where nobody can say. */
    public long memoryBytes() {
        return execution.memoryBytes();
    }

    /** What waits for an instance. */
    public QueueLoad load() {
        return scheduler.load();
    }

    /** Its requests that were admitted and have no answer. */
    public InFlight inFlight() {
        return inFlight;
    }

    /** How many requests wait for an instance. */
    public int pending() {
        return scheduler.pending();
    }

    /** From now on no request waits for others to join it. */
    void flush() {
        scheduler.flush();
    }

    /**
     * Runs on with other instance groups, and with everything else as it was. Requests are served all the while.
     * Blocks; called by one thread at a time, which holds a reference to this model.
     *
     * @param changed the complete configuration with them
     * @throws InferenceException if an instance cannot be created: then all is as before
     */
    public void changeInstances(ModelConfig changed, Abandonment abandonment) throws InferenceException {
        execution.changeInstances(changed, abandonment);
        config = changed;
        aliases = changed.versionAliases();
    }

    /** Lets what is queued run to its end, then gives everything back. Blocks that long. */
    @Override
    public void close() {
        try {
            execution.close();
        } finally {
            try {
                loaded.release();
            } finally {
                files.release();
                onClosed.run();
            }
        }
    }
}
