package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Makes the records that other packages see out of the generated messages. */
@SuppressWarnings("EnumOrdinal") // our enums are declared in the order of the schema's numbers
final class ModelConfigRecords {

    private ModelConfigRecords() {}

    static ModelInput input(ModelConfigProto.ModelInput input) {
        return new ModelInput(input.getName(), DataType.of(input.getDataTypeValue()),
                ModelInput.Format.values()[input.getFormatValue()], input.getDimsList(),
                reshape(input.hasReshape(), input.getReshape()), input.getIsShapeTensor(), input.getAllowRaggedBatch(),
                input.getOptional(), input.getIsNonLinearFormatIo());
    }

    static ModelOutput output(ModelConfigProto.ModelOutput output) {
        return new ModelOutput(output.getName(), DataType.of(output.getDataTypeValue()), output.getDimsList(),
                reshape(output.hasReshape(), output.getReshape()), output.getLabelFilename(), output.getIsShapeTensor(),
                output.getIsNonLinearFormatIo());
    }

    private static Optional<List<Long>> reshape(boolean given, ModelConfigProto.ModelTensorReshape reshape) {
        return given ? Optional.of(reshape.getShapeList()) : Optional.empty();
    }

    static BatchInputConfig batchInput(ModelConfigProto.BatchInput input) {
        return new BatchInputConfig(BatchInputConfig.Kind.values()[input.getKindValue()], input.getTargetNameList(),
                DataType.of(input.getDataTypeValue()), input.getSourceInputList());
    }

    static BatchOutputConfig batchOutput(ModelConfigProto.BatchOutput output) {
        return new BatchOutputConfig(output.getTargetNameList(), BatchOutputConfig.Kind.values()[output.getKindValue()],
                output.getSourceInputList());
    }

    static InstanceGroupConfig instanceGroup(ModelConfigProto.ModelInstanceGroup group) {
        return new InstanceGroupConfig(group.getName(), InstanceGroupConfig.Kind.values()[group.getKindValue()],
                group.getCount(),
                group.hasRateLimiter() ? Optional.of(rateLimiter(group.getRateLimiter())) : Optional.empty(),
                group.getGpusList(),
                list(group.getSecondaryDevicesList(),
                        device -> new InstanceGroupConfig.SecondaryDevice(device.getDeviceId())),
                group.getProfileList(), group.getPassive(), group.getHostPolicy());
    }

    private static RateLimiterConfig rateLimiter(ModelConfigProto.ModelRateLimiter limiter) {
        return new RateLimiterConfig(
                list(limiter.getResourcesList(),
                        resource -> new RateLimiterConfig.Resource(resource.getName(), resource.getGlobal(),
                                Integer.toUnsignedLong(resource.getCount()))),
                Integer.toUnsignedLong(limiter.getPriority()));
    }

    static VersionPolicy versionPolicy(ModelConfigProto.ModelVersionPolicy policy) {
        return switch (policy.getPolicyChoiceCase()) {
            case LATEST -> new VersionPolicy.Latest(Integer.toUnsignedLong(policy.getLatest().getNumVersions()));
            case ALL -> new VersionPolicy.All();
            case SPECIFIC -> new VersionPolicy.Specific(policy.getSpecific().getVersionsList());
            case POLICYCHOICE_NOT_SET -> new VersionPolicy.Latest(1);
        };
    }

    static SchedulingConfig scheduling(ModelConfigProto.ModelConfig config) {
        return switch (config.getSchedulingChoiceCase()) {
            case DYNAMIC_BATCHING -> dynamicBatching(config.getDynamicBatching());
            case SEQUENCE_BATCHING -> SequenceBatchingRecords.sequenceBatching(config.getSequenceBatching());
            case ENSEMBLE_SCHEDULING -> ensemble(config.getEnsembleScheduling());
            case SCHEDULINGCHOICE_NOT_SET -> new SchedulingConfig.DefaultScheduling();
        };
    }

    private static DynamicBatchingConfig dynamicBatching(ModelConfigProto.ModelDynamicBatching batching) {
        Map<Long, QueuePolicyConfig> policies = new LinkedHashMap<>();
        batching.getPriorityQueuePolicyMap().forEach((level, policy) -> policies.put(level, queuePolicy(policy)));
        return new DynamicBatchingConfig(batching.getPreferredBatchSizeList(),
                micros(batching.getMaxQueueDelayMicroseconds()), batching.getPreserveOrdering(),
                batching.getPriorityLevels(), batching.getDefaultPriorityLevel(),
                queuePolicy(batching.getDefaultQueuePolicy()), policies);
    }

    private static QueuePolicyConfig queuePolicy(ModelConfigProto.ModelQueuePolicy policy) {
        return new QueuePolicyConfig(QueuePolicyConfig.TimeoutAction.values()[policy.getTimeoutActionValue()],
                micros(policy.getDefaultTimeoutMicroseconds()), policy.getAllowTimeoutOverride(),
                Integer.toUnsignedLong(policy.getMaxQueueSize()));
    }

    private static EnsembleConfig ensemble(ModelConfigProto.ModelEnsembling ensemble) {
        return new EnsembleConfig(
                list(ensemble.getStepList(),
                        step -> new EnsembleConfig.Step(step.getModelName(), step.getModelVersion(),
                                step.getInputMapMap(), step.getOutputMapMap())),
                Integer.toUnsignedLong(ensemble.getMaxInflightRequests()));
    }

    static OptimizationConfig optimization(ModelConfigProto.ModelOptimizationPolicy policy) {
        return new OptimizationConfig(policy.getGraph().getLevel(),
                OptimizationConfig.Priority.values()[policy.getPriorityValue()],
                list(policy.getExecutionAccelerators().getGpuExecutionAcceleratorList(),
                        ModelConfigRecords::accelerator),
                list(policy.getExecutionAccelerators().getCpuExecutionAcceleratorList(),
                        ModelConfigRecords::accelerator),
                policy.getInputPinnedMemory().getEnable(), policy.getOutputPinnedMemory().getEnable(),
                Integer.toUnsignedLong(policy.getGatherKernelBufferThreshold()), policy.getEagerBatching());
    }

    private static OptimizationConfig.Accelerator accelerator(
            ModelConfigProto.ModelOptimizationPolicy.ExecutionAccelerators.Accelerator accelerator) {
        return new OptimizationConfig.Accelerator(accelerator.getName(), accelerator.getParametersMap());
    }

    static WarmupConfig warmup(ModelConfigProto.ModelWarmup warmup) {
        Map<String, WarmupConfig.Input> inputs = new LinkedHashMap<>();
        warmup.getInputsMap().forEach((name, input) -> inputs.put(name, warmupInput(input)));
        return new WarmupConfig(warmup.getName(), Integer.toUnsignedLong(warmup.getBatchSize()), inputs,
                Integer.toUnsignedLong(warmup.getCount()));
    }

    private static WarmupConfig.Input warmupInput(ModelConfigProto.ModelWarmup.Input input) {
        WarmupConfig.Data data = switch (input.getInputDataTypeCase()) {
            case RANDOM_DATA -> new WarmupConfig.RandomData();
            case INPUT_DATA_FILE -> new WarmupConfig.FileData(input.getInputDataFile());
            case ZERO_DATA, INPUTDATATYPE_NOT_SET -> new WarmupConfig.ZeroData();
        };
        return new WarmupConfig.Input(DataType.of(input.getDataTypeValue()), input.getDimsList(), data);
    }

    static RepositoryAgentConfig agent(ModelConfigProto.ModelRepositoryAgents.Agent agent) {
        return new RepositoryAgentConfig(agent.getName(), agent.getParametersMap());
    }

    static MetricControlConfig metricControl(ModelConfigProto.ModelMetrics.MetricControl control) {
        return new MetricControlConfig(control.getMetricIdentifier().getFamily(),
                control.getHistogramOptions().getBucketsList());
    }

    static Duration micros(long unsignedMicros) {
        return Duration.of(unsignedMicros < 0 ? Long.MAX_VALUE : unsignedMicros, ChronoUnit.MICROS);
    }

    static <M, R> List<R> list(List<M> messages, Function<M, R> toRecord) {
        List<R> records = new ArrayList<>(messages.size());
        for (M message : messages) {
            records.add(toRecord.apply(message));
        }
        return List.copyOf(records);
    }
}
