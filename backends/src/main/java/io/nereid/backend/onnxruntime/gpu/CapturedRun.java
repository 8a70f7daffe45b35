package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DeviceBuffer;
import io.nereid.backend.onnxruntime.binding.BoundCall;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorData;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A run of one number of rows that ONNX Runtime has recorded as a CUDA graph, and replays: every input and output has a
 * buffer of its own on the GPU, which stays where it is. Of the instance's thread, on which it was recorded: ONNX
 * Runtime keeps graphs by thread.
 */
final class CapturedRun implements AutoCloseable {
    private final FixedRun run;
    private final BoundCall call;
    private final List<DeviceBuffer> buffers = new ArrayList<>();
    private final long[] inputs;
    private final long[] outputs;

    private CapturedRun(FixedRun run, BoundCall call) {
        this.run = run;
        this.call = call;
        this.inputs = new long[run.inputs().size()];
        this.outputs = new long[run.outputs().size()];
    }

    /**
     * Takes the memory, records the graph with inputs of zeros, and waits for it.
     *
     * @throws CudaException if the GPU has no such memory
     * @throws InferenceException if ONNX Runtime cannot record the model
     */
    static CapturedRun capture(GpuSession session, CudaStream stream, FixedRun run)
            throws CudaException, InferenceException {
        CapturedRun captured = new CapturedRun(run, session.graph(run.rows()));
        try {
            captured.bind(session, stream);
            captured.call.run();
            stream.synchronize();
            return captured;
        } catch (CudaException | InferenceException | RuntimeException | Error e) {
            captured.close();
            throw e;
        }
    }

    private void bind(GpuSession session, CudaStream stream) throws CudaException, InferenceException {
        for (int i = 0; i < inputs.length; i++) {
            TensorData data = reserve(session.inputs().get(i), run.inputs().get(i), stream);
            inputs[i] = data.address();
            call.input(i, run.inputs().get(i), data);
        }
        for (int i = 0; i < outputs.length; i++) {
            TensorData data = reserve(session.outputs().get(i), run.outputs().get(i), stream);
            outputs[i] = data.address();
            call.output(i, run.outputs().get(i), data);
        }
    }

    private TensorData reserve(TensorSignature tensor, Shape shape, CudaStream stream) throws CudaException {
        DataType type = Objects.requireNonNull(tensor.dataType());
        long bytes = shape.elementCount() * type.byteSize();
        DeviceBuffer buffer = stream.buffer();
        buffers.add(buffer);
        long address = buffer.reserve(bytes);
        stream.zero(address, bytes);
        return TensorData.cuda(stream.device(), address, bytes);
    }

    /** Whether an input has the shape that was recorded. */
    boolean takes(int index, Shape shape) {
        return shape.equals(run.inputs().get(index));
    }

    /** Where an input has to be. */
    long input(int index) {
        return inputs[index];
    }

    /** Where an output will be. */
    long output(int index) {
        return outputs[index];
    }

    /** Replays the graph. */
    void replay() throws InferenceException {
        call.run();
    }

    /** What it runs by, to end it early. */
    BoundCall call() {
        return call;
    }

    /** Bytes that it takes on the GPU. */
    long byteSize() {
        return buffers.stream().mapToLong(DeviceBuffer::capacity).sum();
    }

    /** Gives its buffers back; nothing runs in the stream. */
    @Override
    public void close() {
        call.close();
        buffers.forEach(DeviceBuffer::close);
    }
}
