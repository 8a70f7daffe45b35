package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.Shape;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is known of an output before the model runs: its shape, if the model leaves nothing open but the batch dimension
 * and calls that as it calls the inputs' one, and how it is shared out. Of an output that is an input too, nothing is:
 * ONNX Runtime hands the input on and never writes into memory meant for the output. Keeps the shapes of the last batch
 * size. Used by one thread.
 */
final class OutputPlan {
    private final ModelTensor tensor;
    private final @Nullable Scatter scatter;
    private final Shape signature;
    private final boolean batching;
    private final boolean shapeKnown;
    private Shape shape;
    private long byteSize;

    private OutputPlan(ModelTensor tensor, @Nullable Scatter scatter, Shape signature, boolean batching,
            boolean shapeKnown) {
        this.tensor = tensor;
        this.scatter = scatter;
        this.signature = signature;
        this.batching = batching;
        this.shapeKnown = shapeKnown;
        this.shape = signature;
        this.byteSize = shapeKnown && !batching ? bytes(signature) : 0;
    }

    static OutputPlan of(ModelTensor tensor, TensorSignature signature, SignatureCheck.Checked model) {
        Shape shape = signature.shape();
        Scatter scatter = model.scatters().get(tensor.name());
        boolean known = !model.ragged() && scatter == null && tensor.dataType().isFixedSize()
                && signature.hasShape() && !isInput(model.inputSignatures(), signature.name())
                && (model.batching() ? isFixedBatch(signature, model.inputSignatures()) : isFixed(shape));
        return new OutputPlan(tensor, scatter, shape, model.batching(), known);
    }

    private static boolean isInput(List<TensorSignature> inputs, String output) {
        return inputs.stream().anyMatch(input -> input.name().equals(output));
    }

    private static boolean isFixed(Shape shape) {
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.dim(i) == Shape.ANY) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFixedBatch(TensorSignature output, List<TensorSignature> inputs) {
        return output.shape().rank() > 0 && isFixed(output.shape().tail()) && isBatchOf(inputs, firstSymbol(output));
    }

    private static boolean isBatchOf(List<TensorSignature> inputs, String symbol) {
        return !symbol.isEmpty() && inputs.stream().allMatch(input -> firstSymbol(input).equals(symbol));
    }

    private static String firstSymbol(TensorSignature signature) {
        return signature.symbols().isEmpty() ? "" : signature.symbols().getFirst();
    }

    /** What configuration and signature say of it. */
    ModelTensor tensor() {
        return tensor;
    }

    /** How its elements are shared out; null where requests get its rows. */
    @Nullable
    Scatter scatter() {
        return scatter;
    }

    /** Whether {@link #size} may be asked. */
    boolean isShapeKnown() {
        return shapeKnown;
    }

    /** Says how many rows the next run has; returns the bytes of the output. */
    long size(int rows) {
        if (batching && (byteSize == 0 || shape.dim(0) != rows)) {
            shape = signature.withFirst(rows);
            byteSize = bytes(shape);
        }
        return byteSize;
    }

    private long bytes(Shape full) {
        return full.elementCount() * tensor.dataType().byteSize();
    }

    /** The output's shape in the model, for the rows that {@link #size} was given. */
    Shape shape() {
        return shape;
    }
}
