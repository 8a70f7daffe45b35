package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.List;

/**
 * A way to run models, one object per server process. Thread-safe: models load at the same time. Closed after the
 * models it has loaded.
 */
public interface Backend extends AutoCloseable {
    /** The name that a configuration's {@code backend} field says, {@code onnxruntime}. */
    String name();

    /** The instance groups for a configuration that has none, and the counts for groups that say none. */
    default List<InstanceGroupConfig> preferredGroups() {
        return List.of();
    }

    /**
     * Whether its models may be decoupled, that is give any number of responses to a request. The server loads no
     * decoupled model for a backend that says no.
     */
    default boolean supportsDecoupled() {
        return false;
    }

    /**
     * Whether the server can keep states of its models' sequences for them ({@code sequence_batching { state }}). The
     * server loads no model with states for a backend that says no.
     */
    default boolean supportsStates() {
        return false;
    }

    /**
     * What keeps it from using GPUs though the machine may have some, as a clause for people; empty if nothing does.
     */
    default String gpuObstacle() {
        return "";
    }

    /** Which of its models run in processes of their own. */
    default Isolation isolation() {
        return Isolation.NEVER;
    }

    /** What a complete configuration says that this backend does not take as it is meant, each a text for people. */
    default List<String> warnings(ModelConfig config) {
        return List.of();
    }

    /**
     * Finds what {@link #load} would fail by without loading: files that are not there, or are none of models.
     *
     * @param config complete, or as the model's files say it where that takes a load
     * @throws InferenceException what it would fail by
     */
    default void check(ModelVersion version, ModelConfig config) throws InferenceException {}

    /** Whether {@link #complete} has to load a model of that configuration. */
    default boolean completesByLoading(ModelConfig config) {
        return false;
    }

    /**
     * Fills in what a configuration leaves to the model itself: inputs, outputs, batching. A configuration that says it
     * all comes back as it is, without a look at the model. Blocks.
     *
     * @throws InferenceException if the model cannot be opened, or contradicts what the configuration does say
     */
    default ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return config;
    }

    /**
     * {@link #complete(ModelVersion, ModelConfig)}, which ends early where it can once nobody wants the model any more.
     *
     * @throws InferenceException as there, and when it is abandoned
     */
    default ModelConfig complete(ModelVersion version, ModelConfig config, Abandonment abandonment)
            throws InferenceException {
        return complete(version, config);
    }

    /**
     * What in a configuration brings native code into this process, or opens files by any path: what is for those only
     * who may run programs on this machine.
     *
     * @param filesToo whether whoever wrote the configuration has made the model's files as well
     * @return each as messages call it; mostly none
     */
    default List<String> nativeCode(ModelConfig config, boolean filesToo) {
        return List.of();
    }

    /**
     * Makes a version of a model ready to create instances of it. Blocks.
     *
     * @param config complete
     * @throws InferenceException if the files, the configuration or the machine do not allow it
     */
    BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException;

    /** What its models hold of GPUs' memory now, one entry for each version and GPU. Takes some microseconds for each. */
    default List<GpuMemory> gpuMemory() {
        return List.of();
    }

    @Override
    void close();
}
