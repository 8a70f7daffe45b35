package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of a model: what {@code config.pbtxt} says, with everything filled in that it may leave out.
 *
 * <p>Immutable and safe for all threads. A backend completes a configuration through the {@code with} methods, each of
 * which returns a changed copy. Fields that no part of the server reads by name are kept for the JSON and the wire form.
 * Two configurations are equal if they say the same, wherever they come from.
 */
public final class ModelConfig {

    private final ModelConfigProto.ModelConfig message;
    private final ConfigSource source;
    private final VersionPolicy versionPolicy;
    private final List<ModelInput> inputs;
    private final List<ModelOutput> outputs;
    private final SchedulingConfig scheduling;
    private final List<InstanceGroupConfig> instanceGroups;
    private final Map<String, String> parameters;

    ModelConfig(ModelConfigProto.ModelConfig message, ConfigSource source) {
        this.message = message;
        this.source = source;
        versionPolicy = ModelConfigRecords.versionPolicy(message.getVersionPolicy());
        inputs = ModelConfigRecords.list(message.getInputList(), ModelConfigRecords::input);
        outputs = ModelConfigRecords.list(message.getOutputList(), ModelConfigRecords::output);
        scheduling = ModelConfigRecords.scheduling(message);
        instanceGroups = ModelConfigRecords.list(message.getInstanceGroupList(), ModelConfigRecords::instanceGroup);
        parameters = new LinkedHashMap<>();
        message.getParametersMap().forEach((name, value) -> parameters.put(name, value.getStringValue()));
    }

    /** The model's name, which is that of its directory. */
    public String name() {
        return message.getName();
    }

    /** As {@code onnxruntime_onnx} or {@code ensemble}; may be empty. */
    public String platform() {
        return message.getPlatform();
    }

    /** As {@code onnxruntime}; empty for an ensemble. */
    public String backend() {
        return message.getBackend();
    }

    /** What runs the backend where it is not the usual one; mostly empty. */
    public String runtime() {
        return message.getRuntime();
    }

    public VersionPolicy versionPolicy() {
        return versionPolicy;
    }

    /** The largest batch that the model takes; 0 for a model whose shapes have no batch dimension. */
    public int maxBatchSize() {
        return message.getMaxBatchSize();
    }

    public List<ModelInput> inputs() {
        return inputs;
    }

    /** The input of that name, or null. */
    public @Nullable ModelInput input(String name) {
        for (ModelInput input : inputs) {
            if (input.name().equals(name)) {
                return input;
            }
        }
        return null;
    }

    public List<ModelOutput> outputs() {
        return outputs;
    }

    /** The output of that name, or null. */
    public @Nullable ModelOutput output(String name) {
        for (ModelOutput output : outputs) {
            if (output.name().equals(name)) {
                return output;
            }
        }
        return null;
    }

    public List<BatchInputConfig> batchInputs() {
        return ModelConfigRecords.list(message.getBatchInputList(), ModelConfigRecords::batchInput);
    }

    public List<BatchOutputConfig> batchOutputs() {
        return ModelConfigRecords.list(message.getBatchOutputList(), ModelConfigRecords::batchOutput);
    }

    public OptimizationConfig optimization() {
        return ModelConfigRecords.optimization(message.getOptimization());
    }

    /** How requests come together into executions. */
    public SchedulingConfig scheduling() {
        return scheduling;
    }

    /** Whether the model is made of other models. */
    public boolean isEnsemble() {
        return scheduling instanceof EnsembleConfig;
    }

    /** In a complete configuration at least one, but for an ensemble. */
    public List<InstanceGroupConfig> instanceGroups() {
        return instanceGroups;
    }

    /** The model's file in a version's directory; empty where the backend needs none. */
    public String defaultModelFilename() {
        return message.getDefaultModelFilename();
    }

    /** Other files by CUDA compute capability, as {@code 7.5}. */
    public Map<String, String> ccModelFilenames() {
        return message.getCcModelFilenamesMap();
    }

    /** Further labels of this model's metrics. */
    public Map<String, String> metricTags() {
        return message.getMetricTagsMap();
    }

    /** What only the backend understands. */
    public Map<String, String> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    public List<WarmupConfig> warmups() {
        return ModelConfigRecords.list(message.getModelWarmupList(), ModelConfigRecords::warmup);
    }

    /** Libraries with custom operations. */
    public List<String> opLibraryFilenames() {
        return List.copyOf(message.getModelOperations().getOpLibraryFilenameList());
    }

    /** Whether a request may have any number of responses. */
    public boolean decoupled() {
        return message.getModelTransactionPolicy().getDecoupled();
    }

    public List<RepositoryAgentConfig> repositoryAgents() {
        return ModelConfigRecords.list(message.getModelRepositoryAgents().getAgentsList(), ModelConfigRecords::agent);
    }

    public boolean responseCacheEnabled() {
        return message.getResponseCache().getEnable();
    }

    public List<MetricControlConfig> metricControls() {
        return ModelConfigRecords.list(message.getModelMetrics().getMetricControlList(),
                ModelConfigRecords::metricControl);
    }

    public ModelConfig withInputs(List<ModelInput> newInputs) {
        ModelConfigProto.ModelConfig.Builder builder = message.toBuilder().clearInput();
        newInputs.forEach(input -> builder.addInput(ModelConfigMessages.input(input)));
        return with(builder);
    }

    public ModelConfig withOutputs(List<ModelOutput> newOutputs) {
        ModelConfigProto.ModelConfig.Builder builder = message.toBuilder().clearOutput();
        newOutputs.forEach(output -> builder.addOutput(ModelConfigMessages.output(output)));
        return with(builder);
    }

    public ModelConfig withMaxBatchSize(int maxBatchSize) {
        return with(message.toBuilder().setMaxBatchSize(maxBatchSize));
    }

    /** With dynamic batching at its defaults, in the place of any other scheduling. */
    public ModelConfig withDynamicBatching() {
        return with(message.toBuilder().setDynamicBatching(ConfigNormalizer
                .dynamicBatching(ModelConfigProto.ModelDynamicBatching.getDefaultInstance(), maxBatchSize())));
    }

    public ModelConfig withDecoupled(boolean decoupled) {
        return with(message.toBuilder().setModelTransactionPolicy(
                ModelConfigProto.ModelTransactionPolicy.newBuilder().setDecoupled(decoupled)));
    }

    ModelConfig withInstanceGroups(List<InstanceGroupConfig> groups) {
        ModelConfigProto.ModelConfig.Builder builder = message.toBuilder().clearInstanceGroup();
        groups.forEach(group -> builder.addInstanceGroup(ModelConfigMessages.instanceGroup(group)));
        return with(builder);
    }

    private ModelConfig with(ModelConfigProto.ModelConfig.Builder builder) {
        return new ModelConfig(builder.build(), source);
    }

    /** The configuration as the config endpoint answers it. Costs time; ask when it is wanted, not at start-up. */
    public String toJson() {
        return ModelConfigJson.write(WireForm.decode(SchemaReader.ModelConfigSchema.MODEL_CONFIG, toProtobuf()));
    }

    /** The configuration as a message of the type {@code inference.ModelConfig} on the wire. */
    public byte[] toProtobuf() {
        return message.toByteArray();
    }

    ModelConfigProto.ModelConfig message() {
        return message;
    }

    ConfigSource source() {
        return source;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        // by the wire form: the generated equals needs the descriptors
        return other instanceof ModelConfig that
                && message.toByteString().equals(that.message.toByteString());
    }

    @Override
    public int hashCode() {
        return message.toByteString().hashCode();
    }

    @Override
    public String toString() {
        return "ModelConfig[" + name() + "]";
    }
}
