package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The configuration of a model: what {@code config.pbtxt} says, with everything filled in that it may leave out.
 *
 * <p>Immutable and safe for all threads. A backend completes a configuration through the {@code with} methods, each of
 * which returns a changed copy. Fields that no part of the server reads by name are kept for the JSON form.
 * Two configurations are equal if they say the same, wherever they come from.
 */
public final class ModelConfig {

    private final MessageNode root;
    private final ConfigSource source;
    private final VersionPolicy versionPolicy;
    private final int maxBatchSize;
    private final List<ModelInput> inputs;
    private final List<ModelOutput> outputs;
    private final SchedulingConfig scheduling;
    private final List<InstanceGroupConfig> instanceGroups;
    private final Map<String, String> parameters;
    private final boolean decoupled;

    /** @param root belongs to this object from now on */
    ModelConfig(MessageNode root, ConfigSource source) {
        this.root = root;
        this.source = source;
        versionPolicy = ModelConfigRecords.versionPolicy(root.message("version_policy"));
        maxBatchSize = root.int32("max_batch_size");
        inputs = root.list("input", ModelConfigRecords::input);
        outputs = root.list("output", ModelConfigRecords::output);
        scheduling = ModelConfigRecords.scheduling(root);
        instanceGroups = root.list("instance_group", ModelConfigRecords::instanceGroup);
        parameters = ModelConfigRecords.parameters(root);
        decoupled = root.message("model_transaction_policy").bool("decoupled");
    }

    /** The model's name, which is that of its directory. */
    public String name() {
        return root.string("name");
    }

    /** As {@code onnxruntime_onnx} or {@code ensemble}; may be empty. */
    public String platform() {
        return root.string("platform");
    }

    /** As {@code onnxruntime}; empty for an ensemble. */
    public String backend() {
        return root.string("backend");
    }

    /** What runs the backend where it is not the usual one; mostly empty. */
    public String runtime() {
        return root.string("runtime");
    }

    public VersionPolicy versionPolicy() {
        return versionPolicy;
    }

    /** The largest batch that the model takes; 0 for a model whose shapes have no batch dimension. */
    public int maxBatchSize() {
        return maxBatchSize;
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

    /** The inputs that the server fills with facts about sequences; no client gives them. */
    public List<ModelInput> controlInputs() {
        return scheduling instanceof SequenceBatchingConfig batching ? batching.controlTensors() : List.of();
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
        return root.list("batch_input", ModelConfigRecords::batchInput);
    }

    public List<BatchOutputConfig> batchOutputs() {
        return root.list("batch_output", ModelConfigRecords::batchOutput);
    }

    public OptimizationConfig optimization() {
        return ModelConfigRecords.optimization(root.message("optimization"));
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
        return root.string("default_model_filename");
    }

    /** Other files by CUDA compute capability, as {@code 7.5}. */
    public Map<String, String> ccModelFilenames() {
        return Map.copyOf(root.stringMap("cc_model_filenames"));
    }

    /** Further labels of this model's metrics. */
    public Map<String, String> metricTags() {
        return Map.copyOf(root.stringMap("metric_tags"));
    }

    /** What only the backend understands. */
    public Map<String, String> parameters() {
        return parameters;
    }

    /** The names under which requests may ask for versions, by name. */
    public List<VersionAlias> versionAliases() {
        return VersionAlias.of(parameters);
    }

    public List<WarmupConfig> warmups() {
        return root.list("model_warmup", ModelConfigRecords::warmup);
    }

    /** Libraries with custom operations. */
    public List<String> opLibraryFilenames() {
        return root.message("model_operations").strings("op_library_filename");
    }

    /** Whether a request may have any number of responses. */
    public boolean decoupled() {
        return decoupled;
    }

    /** Whether the model may run a request several times, in an iterative sequence. */
    public boolean iterative() {
        return scheduling instanceof SequenceBatchingConfig batching && batching.iterative();
    }

    public List<RepositoryAgentConfig> repositoryAgents() {
        return root.message("model_repository_agents").list("agents", ModelConfigRecords::agent);
    }

    public boolean responseCacheEnabled() {
        return root.message("response_cache").bool("enable");
    }

    /** Why answers cannot be kept as the configuration asks for, in Triton's words; empty if they can, or need not be. */
    public List<String> responseCacheProblems() {
        List<String> reasons = new ArrayList<>();
        if (responseCacheEnabled() && scheduling instanceof SequenceBatchingConfig) {
            reasons.add("sequence batching scheduler");
        }
        if (responseCacheEnabled() && decoupled()) {
            reasons.add("'decoupled' transaction policy");
        }
        return reasons.stream()
                .map(reason -> "Response Cache does not currently support model " + name() + " with " + reason
                        + ". Please disable the response cache.")
                .toList();
    }

    public List<MetricControlConfig> metricControls() {
        return root.message("model_metrics").list("metric_control", ModelConfigRecords::metricControl);
    }

    /** With these inputs in the place of all others. */
    public ModelConfig withInputs(List<ModelInput> newInputs) {
        MessageNode changed = root.copy().clear("input");
        newInputs.forEach(input -> changed.add("input", ModelConfigNodes.input(changed.create("input"), input)));
        return new ModelConfig(changed, source);
    }

    /** With these outputs in the place of all others. */
    public ModelConfig withOutputs(List<ModelOutput> newOutputs) {
        MessageNode changed = root.copy().clear("output");
        newOutputs.forEach(output -> changed.add("output", ModelConfigNodes.output(changed.create("output"), output)));
        return new ModelConfig(changed, source);
    }

    public ModelConfig withMaxBatchSize(int newMaxBatchSize) {
        return new ModelConfig(root.copy().set("max_batch_size", (long) newMaxBatchSize), source);
    }

    /** With that parameter, unless it has one of that name. */
    public ModelConfig withParameter(String name, String value) {
        if (parameters().containsKey(name)) {
            return this;
        }
        MessageNode changed = root.copy();
        MessageNode entry = changed.create("parameters").set("key", name);
        entry.obtain("value").set("string_value", value);
        return new ModelConfig(changed.add("parameters", entry), source);
    }

    /** With dynamic batching at its defaults, in the place of any other scheduling. */
    public ModelConfig withDynamicBatching() {
        MessageNode changed = root.copy().clear("sequence_batching").clear("ensemble_scheduling");
        return new ModelConfig(changed.set("dynamic_batching", changed.create("dynamic_batching")), source)
                .normalized();
    }

    public ModelConfig withDecoupled(boolean decoupled) {
        MessageNode changed = root.copy();
        changed.obtain("model_transaction_policy").set("decoupled", decoupled);
        return new ModelConfig(changed, source);
    }

    /** With the namespaces of an ensemble's steps, in their order; empty for none. */
    public ModelConfig withStepNamespaces(List<String> namespaces) {
        MessageNode changed = root.copy();
        Iterator<String> next = namespaces.iterator();
        changed.message("ensemble_scheduling").list("step", step -> {
            String namespace = next.next();
            return namespace.isEmpty() ? step.clear("model_namespace") : step.set("model_namespace", namespace);
        });
        return new ModelConfig(changed, source);
    }

    ModelConfig withInstanceGroups(List<InstanceGroupConfig> groups) {
        MessageNode changed = root.copy().clear("instance_group");
        groups.forEach(group -> changed.add("instance_group",
                ModelConfigNodes.instanceGroup(changed.create("instance_group"), group)));
        return new ModelConfig(changed, source);
    }

    /** With the defaults that follow from what has been set since. */
    ModelConfig normalized() {
        MessageNode changed = root.copy();
        ConfigNormalizer.normalize(changed);
        return new ModelConfig(changed, source);
    }

    /** The configuration as the config endpoint answers it, made anew at each call. */
    public String toJson() {
        return ModelConfigJson.write(root);
    }

    /**
     * The settings that its file does not have, or has otherwise, by their paths in the JSON form, as
     * {@code input[0].dims}: what the server and the backend have filled in. Found anew at each call.
     */
    public List<String> filledIn() {
        return FilledIn.paths(root, source.root());
    }

    /** The configuration as a ModelConfig message of protobuf, in its binary form; made anew at each call. */
    public byte[] toWire() {
        return ModelConfigWire.encode(root);
    }

    /** Whether a field is set at all, for checks that cannot see it by its value. */
    boolean has(String field) {
        return root.has(field);
    }

    /** What the file says in a way that is not taken as it is written, each a text for people with its place. */
    public List<String> warnings() {
        return source.warnings();
    }

    ConfigSource source() {
        return source;
    }

    /**
     * Whether the other configuration says the same but for its instance groups, its version policy and its aliases of
     * versions, which may change while a version is served.
     */
    public boolean equalsButForInstances(ModelConfig other) {
        return withoutInstances().toJson().equals(other.withoutInstances().toJson());
    }

    private ModelConfig withoutInstances() {
        MessageNode others = root.copy().clear("instance_group").clear("version_policy");
        return new ModelConfig(others.removeKeys("parameters", key -> key.startsWith(VersionAlias.PREFIX)), source);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ModelConfig that && toJson().equals(that.toJson());
    }

    @Override
    public int hashCode() {
        return toJson().hashCode();
    }

    @Override
    public String toString() {
        return "ModelConfig[" + name() + "]";
    }
}
