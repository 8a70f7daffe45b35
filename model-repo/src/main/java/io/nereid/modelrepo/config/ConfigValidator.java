package io.nereid.modelrepo.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Checks what does not depend on the backend: names, batching, queues, caches, metrics. */
final class ConfigValidator {
    /** More would keep a thread that loads models busy for ever. */
    private static final int MAX_WARMUP_RUNS = 10_000;

    private static final String CUSTOM_BATCHING = "TRITON_BATCH_STRATEGY_PATH";

    private final ModelConfig config;
    private final Problems problems;

    private ConfigValidator(ModelConfig config, Problems problems) {
        this.config = config;
        this.problems = problems;
    }

    static void validate(ModelConfig config, Problems problems) {
        ConfigValidator validator = new ConfigValidator(config, problems);
        validator.checkBackend();
        validator.checkFilenames();
        validator.checkMaxBatchSize();
        validator.checkCache();
        validator.checkWarmups();
        validator.checkMetrics();
        validator.checkParameters();
        // A model that says no max_batch_size may still get one from its backend.
        BatchSizeValidator.validate(config, problems.withoutMissing());
        switch (config.scheduling()) {
            case DynamicBatchingConfig batching -> validator.checkDynamicBatching(batching);
            case SequenceBatchingConfig batching -> SequenceBatchingValidator.validate(config, batching, problems);
            case EnsembleConfig ensemble -> EnsembleValidator.validate(config, ensemble, problems);
            case SchedulingConfig.DefaultScheduling _ -> {
            }
        }
    }

    private void checkBackend() {
        boolean ensemblePlatform = config.platform().equals(BackendAutofill.ENSEMBLE);
        if (config.isEnsemble() && !ensemblePlatform) {
            problems.wrong("platform", "ensemble scheduling cannot be set for model '" + config.name()
                    + "' whose platform is not ensemble, got '" + config.platform() + "'");
        } else if (ensemblePlatform && !config.isEnsemble()) {
            problems.missing("platform", "ensemble scheduling must be set for ensemble " + config.name()
                    + " whose platform is ensemble");
        } else if (ensemblePlatform) {
            return;
        } else if (config.backend().isEmpty() && !config.platform().isEmpty()) {
            problems.missing("platform",
                    "must specify 'backend' for " + config.name() + ": no backend is known for platform '"
                            + config.platform() + "'");
        } else if (config.backend().isEmpty() && !config.defaultModelFilename().isEmpty()) {
            problems.missing("backend", "must specify 'platform' or 'backend' for " + config.name());
        } else if (!config.platform().isEmpty() && BackendAutofill.contradict(config.platform(), config.backend())) {
            problems.wrong("platform", "unexpected 'platform' and 'backend' pair for " + config.name() + ", got '"
                    + config.platform() + "' and '" + config.backend() + "'");
        }
    }

    private void checkMaxBatchSize() {
        if (config.maxBatchSize() < 0) {
            problems.wrong("max_batch_size", "'max_batch_size' must be non-negative value for " + config.name()
                    + ", got " + config.maxBatchSize());
        }
    }

    private void checkDynamicBatching(DynamicBatchingConfig batching) {
        if (batching.priorityLevels() != 0) {
            checkPriorities(batching);
        }
        if (!batching.preserveOrdering()) {
            return;
        }
        if (Long.compareUnsigned(batching.priorityLevels(), 1) > 0) {
            problems.wrong("dynamic_batching.preserve_ordering",
                    "Only one priority level is allowed when 'preserve_ordering' is true for " + config.name());
        }
        boolean delays = delays(batching.defaultQueuePolicy());
        for (QueuePolicyConfig policy : batching.priorityQueuePolicies().values()) {
            delays |= delays(policy);
        }
        if (delays) {
            problems.wrong("dynamic_batching.preserve_ordering",
                    "Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for "
                            + config.name());
        }
    }

    /** Whether a request may be put behind those that came after it: without a default timeout none is. */
    private static boolean delays(QueuePolicyConfig policy) {
        return policy.timeoutAction() == QueuePolicyConfig.TimeoutAction.DELAY
                && policy.defaultTimeout().isPositive();
    }

    private void checkPriorities(DynamicBatchingConfig batching) {
        String levels = Long.toUnsignedString(batching.priorityLevels());
        if (outside(batching.defaultPriorityLevel(), batching.priorityLevels())) {
            problems.wrong(
                    batching.defaultPriorityLevel() == 0 ? "dynamic_batching.priority_levels"
                            : "dynamic_batching.default_priority_level",
                    "default priority level must be in range [1, " + levels + "] for " + config.name() + ", got "
                            + Long.toUnsignedString(batching.defaultPriorityLevel()));
        }
        for (Map.Entry<Long, QueuePolicyConfig> policy : batching.priorityQueuePolicies().entrySet()) {
            if (outside(policy.getKey(), batching.priorityLevels())) {
                problems.wrong("dynamic_batching.priority_queue_policy",
                        "priority queue policy must have priority level in range [1, " + levels + "] for "
                                + config.name() + ", got " + Long.toUnsignedString(policy.getKey()));
            }
        }
    }

    private static boolean outside(long level, long levels) {
        return level == 0 || Long.compareUnsigned(level, levels) > 0;
    }

    private void checkCache() {
        config.responseCacheProblems().forEach(problem -> problems.wrong("response_cache", problem));
    }

    private void checkWarmups() {
        List<WarmupConfig> warmups = config.warmups();
        for (int i = 0; i < warmups.size(); i++) {
            WarmupConfig warmup = warmups.get(i);
            String path = "model_warmup[" + i + "]";
            String what = "model warmup '" + warmup.name() + "' for " + config.name();
            if (warmup.isSkipped()) {
                continue;
            }
            if (warmup.count() > MAX_WARMUP_RUNS) { // unsigned in the schema
                problems.wrong(path + ".count",
                        what + " must have a 'count' of at most " + MAX_WARMUP_RUNS + ", got " + warmup.count());
            }
            for (Map.Entry<String, WarmupConfig.Input> input : warmup.inputs().entrySet()) {
                checkWarmupInput(path, what + " input '" + input.getKey() + "'", input.getValue());
            }
        }
    }

    private void checkWarmupInput(String path, String what, WarmupConfig.Input input) {
        if (input.dataType() == DataType.INVALID) {
            problems.missing(path, what + " must specify 'data_type'");
        }
        if (input.data() instanceof WarmupConfig.FileData file && leaves(file.fileName())) {
            problems.wrong(path,
                    what + " must name a file inside the directory 'warmup', got '" + file.fileName() + "'");
        }
    }

    private void checkFilenames() {
        checkFilename("default_model_filename", config.defaultModelFilename(), "version");
        config.ccModelFilenames().forEach((_, name) -> checkFilename("cc_model_filenames", name, "version"));
        config.opLibraryFilenames()
                .forEach(name -> checkFilename("model_operations.op_library_filename", name, "model"));
    }

    private void checkFilename(String path, String name, String whose) {
        if (leaves(name)) {
            problems.wrong(path, "'" + path + "' of " + config.name()
                    + " must name a file inside the " + whose + "'s directory, got '" + name + "'");
        }
    }

    private void checkMetrics() {
        List<MetricControlConfig> controls = config.metricControls();
        for (int i = 0; i < controls.size(); i++) {
            String path = "model_metrics.metric_control[" + i + "]";
            if (controls.get(i).family().isEmpty()) {
                problems.missing(path, "metric control must specify 'metric_identifier.family' for " + config.name());
            }
            if (controls.get(i).buckets().isEmpty()) {
                problems.missing(path, "metric control must specify 'histogram_options.buckets' for " + config.name());
            }
        }
    }

    private void checkParameters() {
        int index = 0;
        for (Map.Entry<String, String> parameter : config.parameters().entrySet()) {
            try {
                VersionAlias.of(Map.of(parameter.getKey(), parameter.getValue()));
            } catch (IllegalArgumentException e) {
                problems.wrong("parameters[" + index + "]", "'parameters' of " + config.name() + ": " + e.getMessage());
            }
            index++;
        }
        if (!config.parameters().containsKey(CUSTOM_BATCHING)) {
            return;
        }
        problems.wrong("parameters", "parameter '" + CUSTOM_BATCHING + "' of " + config.name()
                + (config.scheduling() instanceof SequenceBatchingConfig ? " cannot be used with the sequence batcher"
                        : " names a native batching library, which this server does not load; remove the parameter"));
    }

    /** Whether a relative path leads out of the directory it is meant to stay in. */
    static boolean leaves(String relative) {
        try {
            Path path = Path.of(relative).normalize();
            return path.isAbsolute() || path.startsWith("..");
        } catch (InvalidPathException _) {
            return true;
        }
    }
}
