package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.instance.Batch;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the inputs of requests to a call: those of one request where they lie, those of several copied one behind the
 * other into a buffer that {@link #release} returns, unless the call takes them piece by piece; and the batch inputs,
 * which are made of their shapes. Used by one thread.
 */
final class InputTensors {
    private final List<ModelTensor> inputs;
    private final EmptyDimensions emptyDimensions;
    private final SessionCall call;
    private final boolean takesPieces;
    private final TensorAllocator memory;
    private final BatchInputTensors batchInputs;
    private final List<TensorBuffer> gathered = new ArrayList<>();

    InputTensors(SignatureCheck.Checked checked, EmptyDimensions emptyDimensions, SessionCall call,
            TensorAllocator memory) {
        this.inputs = checked.inputs();
        this.emptyDimensions = emptyDimensions;
        this.call = call;
        this.takesPieces = call.takesPieces();
        this.memory = memory;
        this.batchInputs = new BatchInputTensors(checked, call, memory);
    }

    /**
     * Gives the inputs of {@code count} requests of the batch, together of {@code rows} rows.
     *
     * @throws InferenceException INVALID_ARG if an input is missing or has an empty dimension that the model does not
     *     bear, or the requests are too much for one batch input
     */
    void give(Batch batch, int first, int count, int rows) throws InferenceException {
        for (int i = 0; i < inputs.size(); i++) {
            ModelTensor input = inputs.get(i);
            Tensor tensor = input.in(batch.request(first));
            if (tensor == null) {
                continue;
            }
            if (count == 1) {
                giveOne(i, input, tensor);
            } else {
                giveMany(i, input, tensors(input, tensor, batch, first, count), rows);
            }
        }
        batchInputs.give(batch, first, count);
    }

    private void giveOne(int index, ModelTensor input, Tensor tensor) throws InferenceException {
        Shape shape = input.ragged() ? Shape.of(tensor.shape().elementCount())
                : input.reshape().apply(tensor.shape());
        if (tensor.byteSize() == 0) {
            emptyDimensions.check(input.name(), shape);
        }
        if (input.dataType() == DataType.BYTES) {
            call.stringInput(index, shape, List.of(tensor.data()));
        } else if (takesPieces) {
            call.input(index, shape, List.of(tensor.memory()));
        } else if (isAligned(tensor)) {
            call.input(index, shape, tensor.data());
        } else {
            call.input(index, shape, gather(List.of(tensor)));
        }
    }

    private void giveMany(int index, ModelTensor input, List<Tensor> tensors, int rows) throws InferenceException {
        Shape shape = input.ragged() ? oneDimension(tensors)
                : input.reshape().apply(tensors.getFirst().shape().withFirst(rows));
        if (shape.elementCount() == 0) {
            emptyDimensions.check(input.name(), shape);
        }
        if (input.dataType() == DataType.BYTES) {
            call.stringInput(index, shape, tensors.stream().map(Tensor::data).toList());
        } else if (takesPieces) {
            call.input(index, shape, tensors.stream().map(Tensor::memory).toList());
        } else {
            call.input(index, shape, gather(tensors));
        }
    }

    /** All elements of the tensors, whatever their shapes. */
    private static Shape oneDimension(List<Tensor> tensors) {
        long elements = 0;
        for (Tensor tensor : tensors) {
            elements += tensor.shape().elementCount();
        }
        return Shape.of(elements);
    }

    /** Native kernels may read whole elements only where they lie at a multiple of their size. */
    private static boolean isAligned(Tensor tensor) {
        return (tensor.data().address() & (tensor.dataType().byteSize() - 1)) == 0;
    }

    private MemorySegment gather(List<Tensor> tensors) throws InferenceException {
        long bytes = 0;
        for (Tensor tensor : tensors) {
            bytes += tensor.byteSize();
        }
        TensorBuffer buffer = memory.allocate(bytes);
        gathered.add(buffer);
        long at = 0;
        for (Tensor tensor : tensors) {
            MemorySegment.copy(tensor.data(), 0, buffer.segment(), at, tensor.byteSize());
            at += tensor.byteSize();
        }
        return buffer.segment();
    }

    private static List<Tensor> tensors(ModelTensor input, Tensor tensor, Batch batch, int first, int count)
            throws InferenceException {
        List<Tensor> tensors = new ArrayList<>(count);
        tensors.add(tensor);
        Shape row = tensor.shape().tail();
        for (int i = 1; i < count; i++) {
            Tensor next = input.in(batch.request(first + i));
            if (next == null || !(input.ragged() || next.shape().tail().equals(row))) {
                throw new InferenceException(ErrorCode.INTERNAL, "input '" + input.name()
                        + "': requests of different shapes were put into one batch, " + tensor.shape() + " and "
                        + (next == null ? "none" : next.shape()));
            }
            tensors.add(next);
        }
        return tensors;
    }

    /** Gives the gathered copies and the batch inputs back. */
    void release() {
        gathered.forEach(TensorBuffer::release);
        gathered.clear();
        batchInputs.release();
    }
}
