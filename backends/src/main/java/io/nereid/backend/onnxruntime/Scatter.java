package io.nereid.backend.onnxruntime;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Shape;
import io.nereid.scheduler.instance.Batch;

/**
 * How an output of a batch is shared out by the shapes of an input: its elements go to the requests in their order, to
 * each as many as its part's shape has.
 *
 * @param source the input
 * @param dims a part's shape, batch dimension included; each {@link Shape#ANY} is the same dimension of the input
 */
record Scatter(ModelTensor source, Shape dims) {
    /** The shapes of the parts of {@code count} requests. */
    Shape[] shapes(Batch batch, int first, int count) throws InferenceException {
        Shape[] shapes = new Shape[count];
        for (int i = 0; i < count; i++) {
            shapes[i] = shape(batch.request(first + i));
        }
        return shapes;
    }

    private Shape shape(InferenceRequest request) throws InferenceException {
        Shape input = source.shapeIn(request);
        long[] shape = dims.toArray();
        for (int i = 0; i < shape.length; i++) {
            shape[i] = shape[i] == Shape.ANY ? input.dim(i) : shape[i];
        }
        return Shape.of(shape);
    }

    /** The elements of all parts; if that is past counting, more than any output has. */
    static long elementCount(Shape[] parts) {
        long elements = 0;
        try {
            for (Shape part : parts) {
                elements = Math.addExact(elements, part.elementCount());
            }
            return elements;
        } catch (ArithmeticException _) {
            return Long.MAX_VALUE;
        }
    }
}
