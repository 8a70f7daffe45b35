package io.nereid.perf.tune;

import com.google.protobuf.TextFormat;
import io.nereid.modelrepo.config.proto.ModelConfigProto.ModelConfig;
import io.nereid.modelrepo.config.proto.ModelConfigProto.ModelDynamicBatching;
import io.nereid.modelrepo.config.proto.ModelConfigProto.ModelInstanceGroup;
import io.nereid.modelrepo.config.proto.ModelConfigProto.ModelParameter;

import java.util.OptionalInt;

/**
 * The {@code config.pbtxt} of a model with other settings. Comments of the file are not kept: the text is written anew
 * from what it says.
 */
final class TunedConfig {
    /** The parameter of the ONNX Runtime backend for the threads of an instance. */
    private static final String THREADS = "intra_op_thread_count";

    private final ModelConfig written;

    private TunedConfig(ModelConfig written) {
        this.written = written;
    }

    /**
     * Reads the file.
     *
     * @param text empty for a model without one
     * @throws TuneException if it is not in protobuf's text format, has a field that is none, or is of an ensemble
     */
    static TunedConfig parse(String text) throws TuneException {
        ModelConfig.Builder config = ModelConfig.newBuilder();
        try {
            TextFormat.merge(text, config);
        } catch (TextFormat.ParseException e) {
            throw new TuneException("config.pbtxt: " + e.getMessage());
        }
        if (config.hasEnsembleScheduling()) {
            throw new TuneException("it is an ensemble, which has no instances: tune the models of its steps");
        }
        return new TunedConfig(config.build());
    }

    /** The batching that the file asks for. */
    Batching batching() {
        if (!written.hasDynamicBatching()) {
            return new Batching.Off();
        }
        ModelDynamicBatching dynamic = written.getDynamicBatching();
        return new Batching.Dynamic(dynamic.getPreferredBatchSizeList(), dynamic.getMaxQueueDelayMicroseconds());
    }

    /** How many instances the file asks for; 1 where it says nothing. */
    int instances() {
        return Math.max(1, written.getInstanceGroupList().stream().mapToInt(ModelInstanceGroup::getCount).sum());
    }

    /** The threads that the file gives an instance, where it does. */
    OptionalInt threads() {
        ModelParameter threads = written.getParametersMap().get(THREADS);
        try {
            return threads == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(threads.getStringValue()));
        } catch (NumberFormatException _) {
            return OptionalInt.empty();
        }
    }

    /**
     * The text of the file with these settings.
     *
     * @param maxBatchSize as the server completed it: a file that does not say it would be given dynamic batching
     * @param withThreads whether the backend takes a number of threads
     */
    String with(Settings settings, int maxBatchSize, boolean withThreads) {
        ModelConfig.Builder config = written.toBuilder().setMaxBatchSize(maxBatchSize);
        setInstances(config, settings.placement().instances());
        if (withThreads) {
            config.putParameters(THREADS, ModelParameter.newBuilder()
                    .setStringValue(String.valueOf(settings.placement().threads())).build());
        }
        setBatching(config, settings.batching());
        return TextFormat.printer().escapingNonAscii(false).printToString(config);
    }

    /** All in the first group: its kind and its devices are as they were written. */
    private static void setInstances(ModelConfig.Builder config, int instances) {
        ModelInstanceGroup.Builder group = config.getInstanceGroupCount() == 0 ? ModelInstanceGroup.newBuilder()
                : config.getInstanceGroup(0).toBuilder();
        config.clearInstanceGroup().addInstanceGroup(group.setCount(instances));
    }

    private static void setBatching(ModelConfig.Builder config, Batching batching) {
        switch (batching) {
            case Batching.Off() -> config.clearDynamicBatching();
            case Batching.Dynamic(var preferred, var delay) -> config.getDynamicBatchingBuilder()
                    .clearPreferredBatchSize().addAllPreferredBatchSize(preferred).setMaxQueueDelayMicroseconds(delay);
        }
    }
}
