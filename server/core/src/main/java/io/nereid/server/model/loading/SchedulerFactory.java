package io.nereid.server.model.loading;

import io.nereid.backend.InstancePlan;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.SchedulingConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.Alarm;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InlineExecution;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.LoadControl;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceDemand;
import io.nereid.scheduler.instance.RateLimiter;
import io.nereid.scheduler.sequence.SequenceControls;
import io.nereid.scheduler.sequence.SequenceMemory;
import io.nereid.scheduler.sequence.SequenceQueue;
import io.nereid.scheduler.sequence.SequenceScheduler;
import io.nereid.scheduler.sequence.StartSize;
import io.nereid.server.cache.CacheScope;
import io.nereid.server.cache.CachingScheduler;
import io.nereid.server.cache.ResponseCache;
import io.nereid.server.model.ModelExecution;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.StepCalls;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.config.RateLimits;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes what runs the requests to a model version: the one place that knows which scheduler a configuration asks for.
 * Has what all schedulers share: the thread for deadlines and the rate limiter. Thread-safe.
 */
public final class SchedulerFactory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerFactory.class);

    /** What open sequences may take of the heap: one part in so many. */
    private static final int SEQUENCES_SHARE = 8;
    /** Environment variables that Triton's tests use to form batches without a race. */
    private static final String DELAY_SCHEDULER = "TRITONSERVER_DELAY_SCHEDULER";
    private static final String BACKLOG_DELAY_SCHEDULER = "TRITONSERVER_BACKLOG_DELAY_SCHEDULER";

    /** Once it has ended, alarms are passed over: there are no more requests to reject. */
    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("deadlines").factory(), new ThreadPoolExecutor.DiscardPolicy());
    private final LatencySettings latencies;
    private final @Nullable RateLimiter limiter;
    private final @Nullable InlineExecution inline;
    private final @Nullable ResponseCache cache;
    /** Requests that a batching model waits for before it forms its first batch. */
    private final int startSize;
    /** The same of a model with sequences. */
    private final StartSize sequenceStart;
    private final SequenceMemory sequenceMemory = new SequenceMemory(
            Runtime.getRuntime().maxMemory() / SEQUENCES_SHARE);

    /**
     * A factory for one server.
     *
     * @param limits whether instances compete for resources, and for which
     * @param latencies what is kept of the times of requests
     * @param variables environment variables of the process
     * @param inline whether requests to models that are quick run on the threads that queue them
     * @param cache keeps answers of models that ask for it; null for none
     */
    public SchedulerFactory(RateLimits limits, LatencySettings latencies, Map<String, String> variables,
            boolean inline, @Nullable ResponseCache cache) {
        this.inline = inline ? new InlineExecution(SchedulerFactory::processorNanos) : null;
        this.latencies = latencies;
        this.cache = cache;
        deadlines.setRemoveOnCancelPolicy(true);
        limiter = limits.mode() == RateLimits.Mode.OFF ? null : new RateLimiter(limits.resources());
        startSize = startSize(variables, DELAY_SCHEDULER);
        sequenceStart = new StartSize(startSize, startSize(variables, BACKLOG_DELAY_SCHEDULER));
    }

    /** How long this thread has had a processor; by the clock where the machine does not say. */
    private static long processorNanos() {
        long nanos = Threads.BEAN.isCurrentThreadCpuTimeSupported() ? Threads.BEAN.getCurrentThreadCpuTime() : -1;
        return nanos < 0 ? System.nanoTime() : nanos;
    }

    /** Looked up when the first request runs on the thread that queues it: it takes some milliseconds. */
    private static final class Threads {
        static final ThreadMXBean BEAN = ManagementFactory.getThreadMXBean();

        private Threads() {}
    }

    private static int startSize(Map<String, String> variables, String name) {
        String value = variables.getOrDefault(name, "");
        try {
            return value.isEmpty() ? 0 : Math.max(0, Integer.parseInt(value.strip()));
        } catch (NumberFormatException _) {
            LOG.warn("environment variable {} is '{}' (expected a number of requests); it is ignored", name, value);
            return 0;
        }
    }

    /**
     * Statistics for a version of a model, which has done nothing yet.
     *
     * @throws InferenceException INVALID_ARG if what the configuration says of metrics makes no sense
     */
    ModelStatistics statistics(ModelConfig config) throws InferenceException {
        return new ModelStatistics(InstantSource.system(), StatisticsOfConfig.of(config, latencies));
    }

    /**
     * Checks that versions of a complete configuration can be scheduled, before their files are loaded.
     *
     * @throws InferenceException INVALID_ARG if what the configuration says of scheduling makes no sense; UNSUPPORTED
     *         if this server does not have what it asks for
     */
    void check(ModelConfig config) throws InferenceException {
        switch (config.scheduling()) {
            case SchedulingConfig.DefaultScheduling _,EnsembleConfig _ -> {
            }
            case DynamicBatchingConfig batching -> checkOrdering(config, batching.preserveOrdering());
            case SequenceBatchingConfig sequences -> {
                SequenceSettings settings = SequenceSettings.of(config, sequences);
                checkOrdering(config, settings.preserveOrdering());
            }
        }
        ModelInstances.checkActive(config);
        if (!(config.scheduling() instanceof SequenceBatchingConfig)) {
            QueueSettings _ = QueueSettings.of(config);
        }
    }

    private static void checkOrdering(ModelConfig config, boolean ordered) throws InferenceException {
        if (config.decoupled() && ordered) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "': preserve_ordering and model_transaction_policy { decoupled: true } do not go together:"
                    + " a response would wait for the ends of all streams that began before");
        }
    }

    /**
     * Starts what runs the requests to a version, as its configuration says.
     *
     * @throws InferenceException as {@link #check} says, or if an instance cannot be created or fails on a sample
     */
    ModelExecution start(LoadedVersion version) throws InferenceException {
        return switch (version.config().scheduling()) {
            case SchedulingConfig.DefaultScheduling _ -> onInstances(version, 0);
            case DynamicBatchingConfig _ -> onInstances(version, startSize);
            case SequenceBatchingConfig sequences -> ofSequences(version, sequences);
            case EnsembleConfig _ -> throw new IllegalArgumentException("an ensemble has no instances");
        };
    }

    /**
     * Starts what runs the requests to an ensemble.
     *
     * @param config complete, and checked against those of the steps
     * @param content what its answers depend on
     * @param steps the model versions of the steps, in their order; released with the execution
     */
    ModelExecution ensemble(ModelConfig config, String content, List<ModelHandle<ServedModel>> steps, StepCalls calls,
            ModelStatistics statistics, InternalErrorLog internalErrors) {
        return cached(config, content, statistics, new EnsembleExecution(config, steps, calls,
                new SchedulerEnvironment(NanoClock.SYSTEM, alarm(), statistics, internalErrors)));
    }

    /** Requests by their sequences, on the version's instances. */
    private ModelExecution ofSequences(LoadedVersion version, SequenceBatchingConfig batching)
            throws InferenceException {
        ModelConfig config = version.config();
        SequenceSettings settings = SequenceSettings.of(config, batching);
        SequenceControls controls = settings.controls(config, version.inputMemory().allocator());
        SequenceQueue queue = new SequenceQueue(config.name(), settings.strategy(), settings.limits(), sequenceStart,
                controls::nullRequest, batching.iterative() ? controls::nextTurn : null, LOG::warn, sequenceMemory);
        BatchScheduler scheduler = new BatchScheduler(queue, compatibility(config), settings.preserveOrdering(), null,
                environment(version));
        LOG.info("model '{}': {}", config.name(), settings.describe(batching));
        return new ModelInstances(version, scheduler,
                new SequenceScheduler(config.name(), controls, scheduler, batching.iterative()), this);
    }

    /** What is passed over of a complete configuration, each a text for people. */
    List<String> warnings(ModelConfig config) {
        return cache == null && config.responseCacheEnabled()
                ? List.of("response_cache is enabled, and the server has no cache (--cache-config): every request runs")
                : List.of();
    }

    /**
     * What the answers of a version that is about to be loaded depend on beside the requests: a text that differs wherever
     * answers may. Where servers share a cache it is of the files, which are read whole for it, now: later they may not be
     * those that were loaded. Elsewhere it is of this load alone, as it is of a decoupled model, whose answers nobody keeps.
     *
     * @param steps the contents of the models that an ensemble is made of
     * @throws InferenceException if its files cannot be read
     */
    String content(ModelVersion version, ModelConfig config, List<String> steps) throws InferenceException {
        return cache != null && cache.isShared() && !config.decoupled() ? ModelContent.digest(version, config, steps)
                : version.model() + "/" + UUID.randomUUID();
    }

    /**
     * What runs the requests to a version, behind the response cache if its configuration asks for that and there is one.
     *
     * @param content what its answers depend on
     */
    ModelExecution cached(ModelConfig config, String content, ModelStatistics statistics, ModelExecution execution) {
        if (cache == null || !config.responseCacheEnabled()) {
            return execution;
        }
        boolean ordered = config.scheduling() instanceof DynamicBatchingConfig batching && batching.preserveOrdering();
        return new CachedExecution(execution, new CachingScheduler(execution.scheduler(), cache,
                new CacheScope(content), ordered, statistics, NanoClock.SYSTEM));
    }

    /** Each request alone, or in batches, on the version's instances. */
    private ModelExecution onInstances(LoadedVersion version, int minQueued) throws InferenceException {
        ModelConfig config = version.config();
        QueueSettings settings = QueueSettings.of(config);
        int instances = InstancePlan.of(config, version.cpus()).activeInstances();
        BatchScheduler scheduler = new BatchScheduler(
                new BatchQueue(settings.batches(), settings.priorities(), minQueued), compatibility(config),
                settings.preserveOrdering(), control(settings, instances), environment(version),
                settings.inline() ? inline : null);
        LOG.info("model '{}': {}", config.name(), settings.describe());
        return new ModelInstances(version, scheduler, scheduler, this);
    }

    private SchedulerEnvironment environment(LoadedVersion version) {
        return new SchedulerEnvironment(NanoClock.SYSTEM, alarm(), version.statistics(), version.internalErrors());
    }

    private static @Nullable LoadControl control(QueueSettings settings, int instances) {
        int maxBatchSize = settings.batches().maxBatchSize();
        if (settings.targetP99Nanos() > 0) {
            return LoadControl.byTarget(instances, maxBatchSize, settings.adaptive(), settings.targetP99Nanos());
        }
        return settings.adaptive() || settings.priorities().mayReject()
                ? LoadControl.of(instances, maxBatchSize, settings.adaptive())
                : null;
    }

    /**
     * The rights to run of the instances with these demands, in the same order; none where instances do not compete for
     * resources. Whoever closes an instance closes its claim.
     *
     * @throws InferenceException INVALID_ARG if one of them could never run
     */
    List<RateLimiter.Claim> claims(List<InstanceDemand> demands) throws InferenceException {
        return limiter == null ? List.of() : limiter.register(demands);
    }

    /** Goes off on the thread for deadlines. */
    public Alarm alarm() {
        return this::setAlarm;
    }

    private Alarm.Setting setAlarm(long delayNanos, Runnable action) {
        Future<?> alarm = deadlines.schedule(action, delayNanos, TimeUnit.NANOSECONDS);
        return () -> alarm.cancel(false);
    }

    private static BatchCompatibility compatibility(ModelConfig config) {
        List<BatchCompatibility.Input> inputs = config.maxBatchSize() == 0 ? List.of()
                : config.inputs().stream().map(SchedulerFactory::compared).toList();
        return BatchCompatibility.of(inputs);
    }

    private static BatchCompatibility.Input compared(ModelInput input) {
        boolean open = input.dims().contains(-1L) && !input.allowRaggedBatch();
        return new BatchCompatibility.Input(input.name(), open, input.optional());
    }

    /** Ends the thread; after all models are closed. */
    @Override
    public void close() {
        deadlines.shutdownNow();
    }
}
