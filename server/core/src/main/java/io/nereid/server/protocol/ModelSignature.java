package io.nereid.server.protocol;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What requests to a model are validated against: made once when a model is loaded. Models have few tensors, so names
 * are looked up by walking the list.
 *
 * @param model the model's name
 * @param platform what the metadata calls its platform
 * @param maxBatchSize the most rows a request may have; 0 for a model whose shapes have no batch dimension
 * @param inputs in the configuration's order
 * @param outputs in the configuration's order
 */
public record ModelSignature(String model, String platform, int maxBatchSize, List<TensorSpec> inputs,
        List<TensorSpec> outputs) {
    public ModelSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Whether shapes begin with a batch dimension. */
    public boolean batches() {
        return maxBatchSize > 0;
    }

    /**
     * The inputs of the smallest request that the model takes: those that a request must have; the first where all may
     * be left out, since a request has one at least.
     */
    public List<TensorSpec> smallestInputs() {
        List<TensorSpec> required = inputs.stream().filter(input -> !input.optional()).toList();
        return required.isEmpty() ? inputs.stream().limit(1).toList() : required;
    }

    /** The input of that name, or null. */
    public @Nullable TensorSpec input(String name) {
        return find(inputs, name);
    }

    /** The output of that name, or null. */
    public @Nullable TensorSpec output(String name) {
        return find(outputs, name);
    }

    private static @Nullable TensorSpec find(List<TensorSpec> tensors, String name) {
        for (TensorSpec tensor : tensors) {
            if (tensor.name().equals(name)) {
                return tensor;
            }
        }
        return null;
    }
}
