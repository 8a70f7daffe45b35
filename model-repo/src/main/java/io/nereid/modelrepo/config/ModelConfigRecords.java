package io.nereid.modelrepo.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the records that other packages see out of the tree of a configuration. Our enumerations are declared in the
 * order of the schema's numbers.
 */
final class ModelConfigRecords {
    /** Longer than any server runs, and short enough that nanoseconds can be added to it. */
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 4);

    private ModelConfigRecords() {}

    static ModelInput input(MessageNode input) {
        return new ModelInput(input.string("name"), dataType(input),
                constant(ModelInput.Format.values(), input, "format"),
                input.integers("dims"), reshape(input), input.bool("is_shape_tensor"), input.bool("allow_ragged_batch"),
                input.bool("optional"), input.bool("is_non_linear_format_io"));
    }

    static ModelOutput output(MessageNode output) {
        return new ModelOutput(output.string("name"), dataType(output), output.integers("dims"), reshape(output),
                output.string("label_filename"), output.bool("is_shape_tensor"),
                output.bool("is_non_linear_format_io"));
    }

    static DataType dataType(MessageNode message) {
        return DataType.of(message.int32("data_type"));
    }

    /** The constant of an enumeration's number, of one without a name the first, which is the default. */
    static <E> E constant(E[] constants, MessageNode message, String field) {
        int number = message.int32(field);
        return constants[number >= 0 && number < constants.length ? number : 0];
    }

    private static Optional<List<Long>> reshape(MessageNode tensor) {
        return tensor.has("reshape") ? Optional.of(tensor.message("reshape").integers("shape")) : Optional.empty();
    }

    static BatchInputConfig batchInput(MessageNode input) {
        return new BatchInputConfig(constant(BatchInputConfig.Kind.values(), input, "kind"),
                input.strings("target_name"),
                dataType(input), input.strings("source_input"));
    }

    static BatchOutputConfig batchOutput(MessageNode output) {
        return new BatchOutputConfig(output.strings("target_name"),
                constant(BatchOutputConfig.Kind.values(), output, "kind"), output.strings("source_input"));
    }

    static InstanceGroupConfig instanceGroup(MessageNode group) {
        return new InstanceGroupConfig(group.string("name"), constant(InstanceGroupConfig.Kind.values(), group, "kind"),
                group.int32("count"),
                group.has("rate_limiter") ? Optional.of(rateLimiter(group.message("rate_limiter"))) : Optional.empty(),
                group.int32s("gpus"),
                group.list("secondary_devices",
                        device -> new InstanceGroupConfig.SecondaryDevice(device.integer("device_id"))),
                group.strings("profile"), group.bool("passive"), group.string("host_policy"));
    }

    private static RateLimiterConfig rateLimiter(MessageNode limiter) {
        return new RateLimiterConfig(
                limiter.list("resources", resource -> new RateLimiterConfig.Resource(resource.string("name"),
                        resource.bool("global"), resource.integer("count"))),
                limiter.integer("priority"));
    }

    static VersionPolicy versionPolicy(MessageNode policy) {
        if (policy.has("all")) {
            return new VersionPolicy.All();
        }
        return policy.has("specific") ? new VersionPolicy.Specific(policy.message("specific").integers("versions"))
                : new VersionPolicy.Latest(policy.message("latest").integer("num_versions"));
    }

    static SchedulingConfig scheduling(MessageNode config) {
        if (config.has("dynamic_batching")) {
            return dynamicBatching(config.message("dynamic_batching"));
        }
        if (config.has("sequence_batching")) {
            return SequenceBatchingRecords.sequenceBatching(config.message("sequence_batching"));
        }
        return config.has("ensemble_scheduling") ? ensemble(config.message("ensemble_scheduling"))
                : new SchedulingConfig.DefaultScheduling();
    }

    private static DynamicBatchingConfig dynamicBatching(MessageNode batching) {
        return new DynamicBatchingConfig(batching.int32s("preferred_batch_size"),
                micros(batching, "max_queue_delay_microseconds"), batching.bool("preserve_ordering"),
                batching.integer("priority_levels"), batching.integer("default_priority_level"),
                queuePolicy(batching.message("default_queue_policy")), batching.map("priority_queue_policy",
                        entry -> entry.integer("key"), entry -> queuePolicy(entry.message("value"))));
    }

    private static QueuePolicyConfig queuePolicy(MessageNode policy) {
        return new QueuePolicyConfig(constant(QueuePolicyConfig.TimeoutAction.values(), policy, "timeout_action"),
                micros(policy, "default_timeout_microseconds"), policy.bool("allow_timeout_override"),
                policy.integer("max_queue_size"));
    }

    private static EnsembleConfig ensemble(MessageNode ensemble) {
        return new EnsembleConfig(
                ensemble.list("step",
                        step -> new EnsembleConfig.Step(step.string("model_namespace"), step.string("model_name"),
                                step.integer("model_version"),
                                step.stringMap("input_map"), step.stringMap("output_map"))),
                ensemble.integer("max_inflight_requests"));
    }

    static OptimizationConfig optimization(MessageNode policy) {
        MessageNode accelerators = policy.message("execution_accelerators");
        return new OptimizationConfig(policy.message("graph").int32("level"),
                constant(OptimizationConfig.Priority.values(), policy, "priority"), cuda(policy.message("cuda")),
                accelerators.list("gpu_execution_accelerator", ModelConfigRecords::accelerator),
                accelerators.list("cpu_execution_accelerator", ModelConfigRecords::accelerator),
                policy.message("input_pinned_memory").bool("enable"),
                policy.message("output_pinned_memory").bool("enable"),
                policy.integer("gather_kernel_buffer_threshold"), policy.bool("eager_batching"));
    }

    private static OptimizationConfig.Cuda cuda(MessageNode cuda) {
        return new OptimizationConfig.Cuda(cuda.bool("graphs"),
                cuda.list("graph_spec", spec -> spec.int32("batch_size")));
    }

    private static OptimizationConfig.Accelerator accelerator(MessageNode accelerator) {
        return new OptimizationConfig.Accelerator(accelerator.string("name"), accelerator.stringMap("parameters"));
    }

    static WarmupConfig warmup(MessageNode warmup) {
        return new WarmupConfig(warmup.string("name"), warmup.integer("batch_size"),
                warmup.map("inputs", entry -> entry.string("key"), entry -> warmupInput(entry.message("value"))),
                warmup.integer("count"));
    }

    private static WarmupConfig.Input warmupInput(MessageNode input) {
        WarmupConfig.Data data = new WarmupConfig.ZeroData();
        if (input.has("random_data")) {
            data = new WarmupConfig.RandomData();
        } else if (input.has("input_data_file")) {
            data = new WarmupConfig.FileData(input.string("input_data_file"));
        }
        return new WarmupConfig.Input(dataType(input), input.integers("dims"), data);
    }

    static RepositoryAgentConfig agent(MessageNode agent) {
        return new RepositoryAgentConfig(agent.string("name"), agent.stringMap("parameters"));
    }

    static MetricControlConfig metricControl(MessageNode control) {
        return new MetricControlConfig(control.message("metric_identifier").string("family"),
                control.message("histogram_options").decimals("buckets"));
    }

    static Map<String, String> parameters(MessageNode config) {
        return Collections.unmodifiableMap(config.map("parameters", entry -> entry.string("key"),
                entry -> entry.message("value").string("string_value")));
    }

    /** A time that is longer than {@link #LONGEST} is that: nobody waits for either. */
    static Duration micros(MessageNode message, String field) {
        long unsigned = message.integer(field);
        Duration time = Duration.of(unsigned < 0 ? Long.MAX_VALUE : unsigned, ChronoUnit.MICROS);
        return time.compareTo(LONGEST) > 0 ? LONGEST : time;
    }
}
