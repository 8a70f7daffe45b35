package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.Cuda;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtMemoryInfo;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.SessionArenas;
import io.nereid.backend.onnxruntime.gpu.DeviceCall;
import io.nereid.backend.onnxruntime.gpu.FixedRun;
import io.nereid.backend.onnxruntime.gpu.GpuErrors;
import io.nereid.backend.onnxruntime.gpu.GpuSession;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * What one instance has of its GPU: a stream in which its session runs and all its copies are. Made before the session
 * and closed after it.
 */
final class GpuPlace implements AutoCloseable {
    private final String instance;
    private final CudaStream stream;
    private final GpuErrors errors;
    private final CaptureLock captures;
    private final DevicePool onDevice;
    private final OrtMemoryInfo memory;

    private GpuPlace(String instance, CudaStream stream, GpuErrors errors, BackendEnvironment environment,
            OrtMemoryInfo memory) {
        this.instance = instance;
        this.stream = stream;
        this.errors = errors;
        this.captures = environment.captures();
        this.onDevice = environment.onDevice();
        this.memory = memory;
    }

    /**
     * That of an instance; null where it is on no GPU, or this process reaches GPUs by ONNX Runtime alone.
     *
     * @throws InferenceException UNAVAILABLE if the GPU is full
     */
    static @Nullable GpuPlace of(BackendEnvironment environment, OnnxRuntime runtime, InstancePlacement placement)
            throws InferenceException {
        Cuda cuda = environment.cuda();
        if (placement.kind() != InstancePlacement.Kind.GPU || cuda == null) {
            return null;
        }
        environment.captures().use().lock();
        try {
            return open(cuda, environment, runtime, placement);
        } finally {
            environment.captures().use().unlock();
        }
    }

    private static GpuPlace open(Cuda cuda, BackendEnvironment environment, OnnxRuntime runtime,
            InstancePlacement placement) throws InferenceException {
        GpuErrors errors = new GpuErrors(cuda, placement.deviceId());
        CudaStream stream;
        try {
            stream = CudaStream.create(cuda, placement.deviceId());
        } catch (CudaException e) {
            throw errors.of("instance '" + placement.name() + "'", e);
        }
        try {
            environment.pinned().open(placement.deviceId());
            return new GpuPlace(placement.name(), stream, errors, environment,
                    runtime.gpuMemoryInfo(placement.deviceId()));
        } catch (InferenceException | RuntimeException | Error e) {
            stream.close();
            throw e;
        }
    }

    /** The stream, as ONNX Runtime is told of it. */
    long stream() {
        return stream.address();
    }

    /** Opens the session while no graph is recorded elsewhere; a failure says what is missing. */
    <T> T open(Opening<T> opening) throws InferenceException {
        captures.use().lock();
        try {
            return opening.open();
        } catch (InferenceException e) {
            throw errors.of("instance '" + instance + "'", e);
        } finally {
            captures.use().unlock();
        }
    }

    /** Opens a session. */
    @FunctionalInterface
    interface Opening<T> {
        /** Takes long. */
        T open() throws InferenceException;
    }

    /**
     * Runs of the session, which read and write the GPU's memory.
     *
     * @param graphs the runs that are recorded and replayed; null where the session cannot do that
     */
    DeviceCall call(OrtSession session, GpuTensors where, SignatureCheck.Checked checked,
            Map<String, String> runEntries, @Nullable List<FixedRun> graphs, TensorAllocator hostMemory)
            throws InferenceException {
        GpuSession onGpu = new GpuSession(session, where, memory, checked.inputSignatures(),
                checked.outputSignatures(), runEntries, graphs != null);
        return DeviceCall.create(instance, onGpu, graphs == null ? List.of() : graphs, stream, errors, captures,
                new DeviceCall.Memory(hostMemory, onDevice));
    }

    /** Has ONNX Runtime give memory back while no graph is recorded elsewhere. */
    void shrink(SessionArenas arenas) throws InferenceException {
        captures.use().lock();
        try {
            arenas.shrink();
        } finally {
            captures.use().unlock();
        }
    }

    /** Closes what is on the GPU, and then what it is on, while no graph is recorded elsewhere. */
    void close(Runnable session) {
        captures.use().lock();
        try {
            session.run();
            close();
        } finally {
            captures.use().unlock();
        }
    }

    @Override
    public void close() {
        memory.close();
        stream.close();
    }
}
