package io.nereid.backend.classify;

import io.nereid.backend.BytesElements;
import io.nereid.backend.FunctionModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ranks the classes of each row of a request. */
record Classification(ClassifySettings settings, TensorAllocator memory) implements FunctionModel.Function {
    @Override
    public InferenceResponse of(InferenceRequest request) throws InferenceException {
        Tensor input = request.requiredInput(settings.input());
        int rows = settings.batching() ? Math.toIntExact(input.shape().dim(0)) : 1;
        List<int[]> classes = new ArrayList<>(rows);
        List<float[]> probabilities = new ArrayList<>(rows);
        long labelBytes = 0;
        for (int row = 0; row < rows; row++) {
            float[] logits = logits(input.data(), row);
            int[] ranked = Ranking.first(settings.topK(), logits);
            classes.add(ranked);
            probabilities.add(settings.activation().of(logits, ranked));
            for (int index : ranked) {
                labelBytes += settings.labelBytes(index);
            }
        }
        long probabilityBytes = (long) rows * settings.topK() * Float.BYTES;
        TensorBuffer buffer = memory.allocate(TensorMemory.aligned(labelBytes) + probabilityBytes);
        MemorySegment labels = buffer.segment().asSlice(0, labelBytes);
        MemorySegment values = buffer.segment().asSlice(TensorMemory.aligned(labelBytes), probabilityBytes);
        write(classes, probabilities, labels, values);
        return new InferenceResponse(outputs(request, rows, labels, values), Map.of(), buffer);
    }

    private float[] logits(MemorySegment data, int row) {
        float[] logits = new float[settings.labels().size()];
        boolean half = settings.inputType() == io.nereid.modelrepo.config.DataType.FP16;
        for (int i = 0; i < logits.length; i++) {
            long element = (long) row * logits.length + i;
            logits[i] = half
                    ? Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, element * Short.BYTES))
                    : data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, element * Float.BYTES);
        }
        return logits;
    }

    private void write(List<int[]> classes, List<float[]> probabilities, MemorySegment labels, MemorySegment values) {
        long label = 0;
        long value = 0;
        for (int row = 0; row < classes.size(); row++) {
            for (int i = 0; i < settings.topK(); i++) {
                label = BytesElements.write(settings.labels().get(classes.get(row)[i]), labels, label);
                values.set(ValueLayout.JAVA_FLOAT_UNALIGNED, value, probabilities.get(row)[i]);
                value += Float.BYTES;
            }
        }
    }

    private List<Tensor> outputs(InferenceRequest request, int rows, MemorySegment labels, MemorySegment values) {
        Shape shape = settings.batching() ? Shape.of(rows, settings.topK()) : Shape.of(settings.topK());
        List<Tensor> outputs = new ArrayList<>(2);
        if (request.wants(settings.labelOutput())) {
            outputs.add(new Tensor(settings.labelOutput(), DataType.BYTES, shape, labels));
        }
        if (request.wants(settings.probabilityOutput())) {
            outputs.add(new Tensor(settings.probabilityOutput(), DataType.FP32, shape, values));
        }
        return outputs;
    }
}
