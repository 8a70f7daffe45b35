package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.instance.Batch;

import java.util.ArrayList;
import java.util.List;

/** Makes the batch inputs of each call, in buffers that {@link #release} returns. Used by one thread. */
final class BatchInputTensors {
    private final List<BatchInput> batchInputs;
    private final boolean batching;
    private final SessionCall call;
    private final TensorAllocator memory;
    private final List<TensorBuffer> made = new ArrayList<>();

    BatchInputTensors(SignatureCheck.Checked checked, SessionCall call, TensorAllocator memory) {
        this.batchInputs = checked.batchInputs();
        this.batching = checked.batching();
        this.call = call;
        this.memory = memory;
    }

    /** Gives what {@code count} requests of the batch, from number {@code first} on, make of the batch inputs. */
    void give(Batch batch, int first, int count) throws InferenceException {
        for (int i = 0; i < batchInputs.size(); i++) {
            BatchInput input = batchInputs.get(i);
            give(input, BatchInputValues.of(input.kind(), shapes(input.source(), batch, first, count), batching));
        }
    }

    private static List<Shape> shapes(ModelTensor source, Batch batch, int first, int count)
            throws InferenceException {
        List<Shape> shapes = new ArrayList<>(count);
        for (int i = first; i < first + count; i++) {
            shapes.add(source.shapeIn(batch.request(i)));
        }
        return shapes;
    }

    private void give(BatchInput input, BatchInputValues values) throws InferenceException {
        TensorBuffer buffer = memory.allocate(values.byteSize(input.dataType()));
        made.add(buffer);
        values.write(input.dataType(), buffer.segment());
        for (int target : input.targets()) {
            call.input(target, values.shape(), buffer.segment());
        }
    }

    /** Gives the buffers back. */
    void release() {
        made.forEach(TensorBuffer::release);
        made.clear();
    }
}
