package io.nereid.server.model;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.scheduler.Alarm;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.DefectLog;
import io.nereid.scheduler.LoadControl;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceDemand;
import io.nereid.scheduler.instance.RateLimiter;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes the scheduler and the statistics that a model's configuration asks for, and has the one thread that watches all
 * deadlines.
 */
public final class Schedulers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Schedulers.class);

    /** The environment variable that Triton's tests use to form batches without a race. */
    private static final String DELAY_SCHEDULER = "TRITONSERVER_DELAY_SCHEDULER";

    /** Once it has ended, alarms are passed over: there are no more requests to reject. */
    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("deadlines").factory(), new ThreadPoolExecutor.DiscardPolicy());
    private final LatencySettings latencies;
    private final @Nullable RateLimiter limiter;
    /** Requests that a batching model waits for before it forms its first batch. */
    private final int startSize;

    /**
     * Schedulers for one server.
     *
     * @param limits whether instances compete for resources, and for which
     * @param latencies what is kept of the times of requests
     * @param variables environment variables of the process
     */
    public Schedulers(RateLimits limits, LatencySettings latencies, Map<String, String> variables) {
        this.latencies = latencies;
        deadlines.setRemoveOnCancelPolicy(true);
        limiter = limits.mode() == RateLimits.Mode.OFF ? null : new RateLimiter(limits.resources());
        startSize = startSize(variables.getOrDefault(DELAY_SCHEDULER, ""));
    }

    private static int startSize(String value) {
        try {
            return value.isEmpty() ? 0 : Math.max(0, Integer.parseInt(value.strip()));
        } catch (NumberFormatException _) {
            LOG.warn("environment variable {} is '{}' (expected a number of requests); it is ignored", DELAY_SCHEDULER,
                    value);
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
     * A scheduler for a model of a complete configuration.
     *
     * @param instances how many will pull from it; at least one
     * @throws InferenceException INVALID_ARG if a parameter that concerns it makes no sense
     */
    Scheduler create(ModelConfig config, int instances, ModelStatistics statistics, DefectLog defects)
            throws InferenceException {
        SchedulerEnvironment environment = new SchedulerEnvironment(NanoClock.SYSTEM, this::setAlarm, statistics,
                defects);
        QueueSettings settings = QueueSettings.of(config);
        boolean dynamic = config.scheduling() instanceof DynamicBatchingConfig;
        BatchQueue queue = new BatchQueue(settings.batches(), settings.priorities(), dynamic ? startSize : 0);
        LoadControl control = control(settings, instances);
        LOG.info("model '{}': {}", config.name(), settings.describe());
        return new Scheduler(queue, compatibility(config), settings.preserveOrdering(), control, environment);
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

    private Alarm.Setting setAlarm(long delayNanos, Runnable action) {
        Future<?> alarm = deadlines.schedule(action, delayNanos, TimeUnit.NANOSECONDS);
        return () -> alarm.cancel(false);
    }

    private static BatchCompatibility compatibility(ModelConfig config) {
        List<BatchCompatibility.Input> inputs = config.maxBatchSize() == 0 ? List.of()
                : config.inputs().stream().map(Schedulers::compared).toList();
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
