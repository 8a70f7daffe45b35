package io.nereid.backend.pooling;

import io.nereid.backend.FunctionModel;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Makes one vector of each row of a request. Sums in 64 bits. */
record VectorPooling(PoolingSettings settings, TensorAllocator memory) implements FunctionModel.Function {
    @Override
    public InferenceResponse of(InferenceRequest request) throws InferenceException {
        Tensor vectors = request.requiredInput(settings.vectors());
        Tensor mask = request.requiredInput(settings.mask());
        int first = settings.batching() ? 1 : 0;
        long rows = settings.batching() ? vectors.shape().dim(0) : 1;
        long tokens = vectors.shape().dim(first);
        if (mask.shape().dim(first) != tokens) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "inputs '" + vectors.name() + "' and '" + mask.name()
                    + "': got shapes " + vectors.shape() + " and " + mask.shape()
                    + " (expected as many tokens in both)");
        }
        int length = settings.length();
        TensorBuffer buffer = memory.allocate(rows * length * Float.BYTES);
        double[] vector = new double[length];
        for (long row = 0; row < rows; row++) {
            pool(vectors.data(), mask.data(), row * tokens, tokens, vector);
            double scale = settings.normalize() ? 1 / Math.max(norm(vector), Float.MIN_NORMAL) : 1;
            for (int i = 0; i < length; i++) {
                buffer.segment().set(ElementLayout.FLOAT, (row * length + i) * Float.BYTES,
                        (float) (vector[i] * scale));
            }
        }
        Shape shape = settings.batching() ? Shape.of(rows, length) : Shape.of(length);
        return new InferenceResponse(List.of(new Tensor(settings.output(), DataType.FP32, shape, buffer.segment())),
                Map.of(), buffer);
    }

    /**
     * Makes the vector of one row.
     *
     * @param start the index of its first token, of all
     */
    private void pool(MemorySegment vectors, MemorySegment mask, long start, long tokens, double[] into) {
        Arrays.fill(into, 0);
        if (tokens == 0) {
            return;
        }
        switch (settings.pooling()) {
            case CLS -> add(vectors, start, into);
            case LAST -> {
                long last = tokens - 1;
                while (last > 0 && mask(mask, start + last) == 0) {
                    last--;
                }
                add(vectors, start + last, into);
            }
            case MEAN -> {
                long counted = 0;
                for (long token = 0; token < tokens; token++) {
                    if (mask(mask, start + token) != 0) {
                        add(vectors, start + token, into);
                        counted++;
                    }
                }
                for (int i = 0; i < into.length; i++) {
                    into[i] /= Math.max(counted, 1);
                }
            }
        }
    }

    private long mask(MemorySegment mask, long index) {
        return settings.wideMask() ? mask.get(ElementLayout.LONG, index * Long.BYTES)
                : mask.get(ElementLayout.INT, index * Integer.BYTES);
    }

    private static void add(MemorySegment vectors, long token, double[] into) {
        long at = token * into.length * Float.BYTES;
        for (int i = 0; i < into.length; i++) {
            into[i] += vectors.get(ElementLayout.FLOAT, at + (long) i * Float.BYTES);
        }
    }

    private static double norm(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }
}
