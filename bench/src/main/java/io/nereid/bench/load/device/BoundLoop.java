package io.nereid.bench.load.device;

import io.nereid.backend.device.Cuda;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.onnxruntime.binding.BoundCall;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtMemoryInfo;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.bench.load.QueuedCalls;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A session on a GPU with nothing around it, as fast as it can be fed: a stream of its own, tensors bound once to memory
 * of the GPU, copied from and to pinned memory in every run.
 */
final class BoundLoop implements QueuedCalls.OpenCall {
    static final int DEVICE = 0;

    private final Cuda cuda;
    private final Session session;
    private final BoundCall call;
    private final Tensor input;
    private final Tensor output;

    /**
     * What runs; closed with the loop.
     *
     * @param memory describes that of the GPU
     */
    record Session(OnnxRuntime runtime, OrtSession session, OrtMemoryInfo memory, CudaStream stream)
            implements
                AutoCloseable {
        @Override
        public void close() {
            session.close();
            memory.close();
            stream.close();
            runtime.close();
        }
    }

    /** A tensor in pinned memory and on the GPU. */
    private record Tensor(MemorySegment pinned, long address) {
        static Tensor allocate(Cuda cuda, Shape shape) throws CudaException {
            long bytes = shape.elementCount() * Float.BYTES;
            MemorySegment pinned = cuda.allocatePinned(DEVICE, bytes);
            try {
                return new Tensor(pinned, cuda.allocate(DEVICE, bytes));
            } catch (CudaException e) {
                cuda.freePinned(DEVICE, pinned);
                throw e;
            }
        }

        TensorData data() {
            return TensorData.cuda(DEVICE, address, pinned.byteSize());
        }

        void free(Cuda cuda) {
            cuda.free(DEVICE, address);
            cuda.freePinned(DEVICE, pinned);
        }
    }

    private BoundLoop(Cuda cuda, Session session, BoundCall call, Tensor input, Tensor output) {
        this.cuda = cuda;
        this.session = session;
        this.call = call;
        this.input = input;
        this.output = output;
    }

    /**
     * Opens a model with one FP32 input and one FP32 output; used by one thread at a time.
     *
     * @param threads intra-op threads of the session
     * @param settings of the CUDA provider
     * @param input the whole shape, with its batch
     * @param output the whole shape, with its batch
     */
    static BoundLoop open(Cuda cuda, Path model, int threads, Map<String, String> settings, Shape input, Shape output)
            throws InferenceException {
        OnnxRuntime runtime = OnnxRuntime.open();
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            CudaStream stream = CudaStream.create(cuda, DEVICE);
            Map<String, String> complete = new LinkedHashMap<>(settings);
            complete.put("has_user_compute_stream", "1");
            complete.put("user_compute_stream", Long.toUnsignedString(stream.address()));
            options.graphLevel(OrtSessionOptions.GraphLevel.ALL);
            options.intraOpThreads(threads);
            options.appendCuda(complete);
            return over(cuda, new Session(runtime, runtime.session(model, options), runtime.gpuMemoryInfo(DEVICE),
                    stream), input, output);
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    /** The same of a session that is open. */
    static BoundLoop over(Cuda cuda, Session session, Shape inputShape, Shape outputShape)
            throws InferenceException, CudaException {
        Tensor input = Tensor.allocate(cuda, inputShape);
        Tensor output = Tensor.allocate(cuda, outputShape);
        for (long i = 0; i < inputShape.elementCount(); i++) {
            input.pinned.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin((double) i));
        }
        OrtSession model = session.session();
        BoundCall call = model.boundCall(session.memory(), model.inputs(), model.outputs(), Map.of());
        call.input(0, inputShape, input.data());
        call.output(0, outputShape, output.data());
        return new BoundLoop(cuda, session, call, input, output);
    }

    @Override
    public void run() throws InferenceException {
        try {
            session.stream().copyToDevice(input.address(), input.pinned());
            call.run();
            session.stream().copyToHost(output.pinned(), output.address());
            session.stream().synchronize();
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    /** What the last run answered. */
    float[] answer() {
        return output.pinned().toArray(ValueLayout.JAVA_FLOAT);
    }

    private static InferenceException failure(CudaException e) {
        return new InferenceException(ErrorCode.INTERNAL, "CUDA: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        call.close();
        input.free(cuda);
        output.free(cuda);
        session.close();
    }
}
