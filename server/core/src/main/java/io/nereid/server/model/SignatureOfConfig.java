package io.nereid.server.model;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.TensorConfig;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns a model's configuration into what clients see of it. */
public final class SignatureOfConfig {
    private SignatureOfConfig() {}

    /**
     * The signature of a complete configuration.
     *
     * @param labels the labels of the outputs that have some, by the output's name
     */
    public static ModelSignature of(ModelConfig config, Map<String, List<String>> labels) {
        return of(config, config.inputs(), labels);
    }

    /** What the samples of a warm-up are held against: they give the control inputs of sequences too. */
    public static ModelSignature ofWarmup(ModelConfig config) {
        List<ModelInput> inputs = new ArrayList<>(config.inputs());
        inputs.addAll(config.controlInputs());
        return of(config, inputs, Map.of());
    }

    private static ModelSignature of(ModelConfig config, List<ModelInput> given, Map<String, List<String>> labels) {
        boolean batches = config.maxBatchSize() > 0;
        List<TensorSpec> inputs = new ArrayList<>();
        for (ModelInput input : given) {
            inputs.add(tensor(input, batches, input.optional(), List.of()));
        }
        List<TensorSpec> outputs = new ArrayList<>();
        for (ModelOutput output : config.outputs()) {
            outputs.add(tensor(output, batches, false, labels.getOrDefault(output.name(), List.of())));
        }
        String platform = config.platform().isEmpty() ? config.backend() : config.platform();
        return new ModelSignature(config.name(), platform, config.maxBatchSize(), inputs, outputs);
    }

    private static TensorSpec tensor(TensorConfig config, boolean batches, boolean optional, List<String> labels) {
        Shape dims = Shape.of(config.dims().stream().mapToLong(Long::longValue).toArray());
        return new TensorSpec(config.name(), dataType(config.dataType()), batches ? dims.prepend(Shape.ANY) : dims,
                optional, labels);
    }

    /** The type on the wire of a type of a complete configuration. */
    public static DataType dataType(io.nereid.modelrepo.config.DataType configured) {
        return switch (configured) {
            case BOOL -> DataType.BOOL;
            case UINT8 -> DataType.UINT8;
            case UINT16 -> DataType.UINT16;
            case UINT32 -> DataType.UINT32;
            case UINT64 -> DataType.UINT64;
            case INT8 -> DataType.INT8;
            case INT16 -> DataType.INT16;
            case INT32 -> DataType.INT32;
            case INT64 -> DataType.INT64;
            case FP16 -> DataType.FP16;
            case FP32 -> DataType.FP32;
            case FP64 -> DataType.FP64;
            case STRING -> DataType.BYTES;
            case BF16 -> DataType.BF16;
            case INVALID -> throw new IllegalArgumentException("a complete configuration has data types");
        };
    }
}
