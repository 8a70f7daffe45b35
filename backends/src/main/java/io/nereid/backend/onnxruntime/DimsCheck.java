package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.TensorConfig;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Compares the dimensions that a configuration gives a tensor with those in the model's signature. */
final class DimsCheck {
    private final String model;
    private final boolean batching;

    DimsCheck(ModelConfig config) {
        this.model = config.name();
        this.batching = config.maxBatchSize() > 0;
    }

    /** The shape that the configuration gives a tensor in the model. */
    Shape inModel(TensorConfig tensor) {
        List<Long> dims = tensor.reshape().orElse(tensor.dims());
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        return batching ? shape.prepend(Shape.ANY) : shape;
    }

    /** A scalar of a model that does not batch is a tensor of one element to its clients. */
    boolean isScalar(TensorConfig tensor, TensorSignature signature) {
        return !batching && signature.hasShape() && signature.shape().rank() == 0 && tensor.reshape().isEmpty()
                && tensor.dims().equals(List.of(1L));
    }

    /** What is wrong, or null. A model that does not say how many dimensions there are contradicts nothing. */
    @Nullable
    InferenceException problem(TensorConfig tensor, TensorSignature signature) {
        if (!signature.hasShape() || isScalar(tensor, signature)) {
            return null;
        }
        Shape shape = signature.shape();
        if (batching && (shape.rank() == 0 || shape.dim(0) != Shape.ANY)) {
            return problem(tensor, "for the model to support batching the shape should have at least 1 dimension and"
                    + " the first dimension must be -1; but shape expected by the model is " + shape);
        }
        Shape configured = inModel(tensor);
        return fits(shape, configured) ? null
                : problem(tensor, "the model expects " + shape.rank()
                        + " dimensions (shape " + shape + ") but the model configuration specifies " + configured.rank()
                        + " dimensions ("
                        + (batching
                                ? "an initial batch dimension because max_batch_size > 0 followed by the explicit tensor"
                                        + " shape, making complete shape "
                                : "shape ")
                        + configured + ")");
    }

    private InferenceException problem(TensorConfig tensor, String text) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "model '" + model + "', tensor '" + tensor.name() + "': " + text);
    }

    /** For a dimension that is always empty a configuration has no word but "of any size". */
    private static boolean fits(Shape model, Shape configured) {
        long[] dims = configured.toArray();
        for (int i = 0; i < Math.min(dims.length, model.rank()); i++) {
            dims[i] = model.dim(i) == 0 && dims[i] == Shape.ANY ? 0 : dims[i];
        }
        return model.accepts(Shape.of(dims));
    }
}
