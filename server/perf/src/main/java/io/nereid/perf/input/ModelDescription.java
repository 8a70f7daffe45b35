package io.nereid.perf.input;

import io.nereid.perf.json.JsonObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a server says of a model.
 *
 * @param platform such as {@code onnxruntime_onnx}; empty where the server names none
 * @param maxBatchSize 0 for a model whose tensors have no dimension of the batch
 * @param decoupled whether a request may have no answer or several
 * @param sequences whether requests belong to sequences
 */
public record ModelDescription(String name, String platform, List<ModelTensor> inputs, List<ModelTensor> outputs,
        int maxBatchSize, boolean decoupled, boolean sequences) {
    /** Of a server without configurations, whose tensors all begin with a dimension of any size. */
    private static final int ANY_BATCH_SIZE = Integer.MAX_VALUE;

    public ModelDescription {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /**
     * From a server's two answers.
     *
     * @param metadata of {@code /v2/models/M}, or of the call {@code ModelMetadata}
     * @param configuration of {@code /v2/models/M/config}, or the config of the call {@code ModelConfig}; empty for a
     *            server that gives none
     * @throws InputException where a tensor has a type that is not known
     */
    public static ModelDescription of(JsonObject metadata, Optional<JsonObject> configuration) throws InputException {
        JsonObject config = configuration.orElse(JsonObject.EMPTY);
        List<JsonObject> inputs = metadata.objects("inputs");
        int maxBatchSize = configuration.isPresent() ? (int) config.number("max_batch_size") : anyBatchSize(inputs);
        return new ModelDescription(metadata.text("name"), metadata.text("platform"),
                tensors(inputs, config.objects("input"), maxBatchSize > 0),
                tensors(metadata.objects("outputs"), config.objects("output"), maxBatchSize > 0), maxBatchSize,
                config.object("model_transaction_policy").isTrue("decoupled"), config.has("sequence_batching"));
    }

    private static int anyBatchSize(List<JsonObject> inputs) {
        for (JsonObject input : inputs) {
            List<Long> shape = input.numbers("shape");
            if (shape.isEmpty() || shape.getFirst() != ModelTensor.ANY) {
                return 0;
            }
        }
        return inputs.isEmpty() ? 0 : ANY_BATCH_SIZE;
    }

    private static List<ModelTensor> tensors(List<JsonObject> described, List<JsonObject> configured, boolean batches)
            throws InputException {
        List<ModelTensor> tensors = new ArrayList<>();
        for (JsonObject tensor : described) {
            String name = tensor.text("name");
            JsonObject config = configured.stream().filter(one -> one.text("name").equals(name)).findFirst()
                    .orElse(JsonObject.EMPTY);
            boolean shapeTensor = config.isTrue("is_shape_tensor");
            tensors.add(new ModelTensor(name, Datatype.named(tensor.text("datatype"), name),
                    shapeOfRow(tensor.numbers("shape"), batches && !shapeTensor), config.isTrue("optional"),
                    shapeTensor));
        }
        return tensors;
    }

    private static List<Long> shapeOfRow(List<Long> shape, boolean batched) {
        return batched && !shape.isEmpty() ? shape.subList(1, shape.size()) : shape;
    }
}
