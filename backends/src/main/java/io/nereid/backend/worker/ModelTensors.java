package io.nereid.backend.worker;

import io.nereid.backend.Reshape;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.TensorConfig;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The inputs and outputs of a model as its worker sees them and as clients do. Immutable and thread-safe. */
public final class ModelTensors {
    private final Map<String, ModelTensor> inputs;
    private final Map<String, ModelTensor> outputs;

    /**
     * One tensor of the configuration.
     *
     * @param dataType null where the configuration leaves it open
     * @param shape as clients see it, the batch dimension included
     * @param batching whether the first dimension counts rows
     * @param toModel from clients to the model
     * @param fromModel from the model to clients
     */
    public record ModelTensor(@Nullable DataType dataType, Shape shape, boolean batching, Reshape toModel,
            Reshape fromModel) {
        private ModelTensor unchanged() {
            return new ModelTensor(dataType, shape, batching, Reshape.NONE, Reshape.NONE);
        }

        private static ModelTensor of(TensorConfig config, boolean batching) {
            Shape shape = Shape.of(config.dims().stream().mapToLong(Long::longValue).toArray());
            List<Long> inside = config.reshape().orElse(config.dims());
            return new ModelTensor(DataType.named(config.dataType().wireName()),
                    batching ? shape.prepend(Shape.ANY) : shape, batching, Reshape.of(config.dims(), inside, batching),
                    Reshape.of(inside, config.dims(), batching));
        }
    }

    private ModelTensors(Map<String, ModelTensor> inputs, Map<String, ModelTensor> outputs) {
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** Those of a complete configuration. */
    public static ModelTensors of(ModelConfig config) {
        boolean batching = config.maxBatchSize() > 0;
        return new ModelTensors(of(config.inputs(), batching), of(config.outputs(), batching));
    }

    /** Those of a complete configuration whose workers see them as clients do. */
    public static ModelTensors asClientsSee(ModelConfig config) {
        ModelTensors tensors = of(config);
        return new ModelTensors(unchanged(tensors.inputs), unchanged(tensors.outputs));
    }

    private static Map<String, ModelTensor> unchanged(Map<String, ModelTensor> tensors) {
        Map<String, ModelTensor> unchanged = new HashMap<>();
        tensors.forEach((name, tensor) -> unchanged.put(name, tensor.unchanged()));
        return Map.copyOf(unchanged);
    }

    private static Map<String, ModelTensor> of(List<? extends TensorConfig> configured, boolean batching) {
        Map<String, ModelTensor> tensors = new HashMap<>();
        configured.forEach(tensor -> tensors.put(tensor.name(), ModelTensor.of(tensor, batching)));
        return Map.copyOf(tensors);
    }

    /** The shape that the model sees of an input. */
    public Shape inModel(String input, Shape shape) {
        ModelTensor tensor = inputs.get(input);
        return tensor == null ? shape : tensor.toModel.apply(shape);
    }

    /** The output of that name; null where the model has none. */
    public @Nullable ModelTensor output(String name) {
        return outputs.get(name);
    }

    /** All outputs. */
    public Iterable<ModelTensor> outputs() {
        return outputs.values();
    }
}
