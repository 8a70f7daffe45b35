package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Says which requests to a model may run together: those whose inputs of open shape agree in all dimensions but the
 * outermost, and, where inputs may be left out, those that have the same ones (docs/batching.md). Immutable and
 * thread-safe.
 */
public final class BatchCompatibility {
    /** All requests go together. */
    public static final BatchCompatibility ALL = new BatchCompatibility(List.of());

    /** In a key, in place of a shape: the request has no such input. */
    private static final long ABSENT = -1;

    private final List<Input> compared;
    /** Chosen at random, so that no client can find shapes whose keys all have one hash code. */
    private final long multiplier = ThreadLocalRandom.current().nextLong() | 1;

    private BatchCompatibility(List<Input> compared) {
        this.compared = compared;
    }

    /**
     * An input of a model that batches.
     *
     * @param name its name
     * @param openShape whether requests may differ in its shape
     * @param optional whether requests may leave it out
     */
    public record Input(String name, boolean openShape, boolean optional) {}

    /** What has to agree among requests with these inputs. */
    public static BatchCompatibility of(List<Input> inputs) {
        List<Input> compared = inputs.stream().filter(input -> input.openShape() || input.optional()).toList();
        return compared.isEmpty() ? ALL : new BatchCompatibility(compared);
    }

    /** The key of a valid request. */
    public BatchKey key(InferenceRequest request) {
        if (compared.isEmpty()) {
            return BatchKey.ANY;
        }
        long[] content = new long[length(request)];
        int at = 0;
        for (int i = 0; i < compared.size(); i++) {
            Input input = compared.get(i);
            Tensor tensor = request.input(input.name());
            if (tensor == null) {
                content[at++] = ABSENT;
            } else if (input.openShape()) {
                at = write(tensor.shape(), content, at);
            } else {
                content[at++] = 0;
            }
        }
        return BatchKey.of(content, multiplier);
    }

    private int length(InferenceRequest request) {
        int length = compared.size();
        for (int i = 0; i < compared.size(); i++) {
            Tensor tensor = compared.get(i).openShape() ? request.input(compared.get(i).name()) : null;
            length += tensor == null ? 0 : tensor.shape().rank() - 1;
        }
        return length;
    }

    /** How many dimensions follow, and these; the outermost is the batch. */
    private static int write(Shape shape, long[] content, int start) {
        int at = start;
        content[at++] = shape.rank() - 1L;
        for (int dim = 1; dim < shape.rank(); dim++) {
            content[at++] = shape.dim(dim);
        }
        return at;
    }
}
