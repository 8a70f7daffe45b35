package io.nereid.server.model.loading;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.GpuMemory;
import io.nereid.backend.ModelServices;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.classify.ClassifyBackend;
import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.CudaIpc;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.device.DriverCuda;
import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.device.PinnedMemory;
import io.nereid.backend.identity.IdentityBackend;
import io.nereid.backend.image.ImageBackend;
import io.nereid.backend.isolation.IsolatingBackend;
import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.backend.pooling.PoolingBackend;
import io.nereid.backend.python.PythonBackend;
import io.nereid.backend.repeat.RepeatBackend;
import io.nereid.backend.square.SquareBackend;
import io.nereid.backend.tokenizer.TokenizerBackend;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorAllocators;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.Gpus;
import io.nereid.modelrepo.config.NearestName;
import io.nereid.server.model.config.BackendConfig;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The backends of this server, by the name that configurations call them. Immutable and thread-safe. */
public final class Backends implements AutoCloseable {
    private final CpuBudget cpus;
    private final CudaDevices gpus;
    private final @Nullable DriverCuda cuda;
    private final PinnedMemory pinned;
    private final DevicePool onDevice;
    private final CaptureLock captures = new CaptureLock();
    private final NativeHeap heap;
    private final TensorAllocators allocators;
    private final MemoryReturn memoryReturn;
    private final Map<String, Backend> byName = new LinkedHashMap<>();

    /**
     * All backends there are, for the devices of this machine.
     *
     * @param memory where tensors lie that they make
     * @param shared what they share with worker processes
     * @param services what their models may ask of this server
     * @param heap what they allocate besides
     * @throws InferenceException INVALID_ARG if a setting makes no sense
     */
    public Backends(TensorMemory memory, WorkerMemory shared, ModelServices services, NativeHeap heap,
            BackendConfig settings)
            throws InferenceException {
        cpus = CpuBudget.ofThisProcess();
        gpus = CudaDevices.find();
        cuda = gpus.count() == 0 ? null : DriverCuda.find(CudaIpc.DRIVER).orElse(null);
        pinned = new PinnedMemory(cuda, settings.pinnedPoolBytes(), memory);
        onDevice = new DevicePool(cuda, settings.devicePools());
        this.heap = heap;
        this.allocators = new TensorAllocators(List.of(memory, shared.allocator(), pinned));
        memoryReturn = MemoryReturn.onOwnThread(heap::trim);
        BackendEnvironment onnx = environment(memory, settings, "onnxruntime");
        add(new IsolatingBackend(new OnnxRuntimeBackend(onnx), onnx, shared));
        add(new IdentityBackend(environment(memory, settings, "identity")));
        add(new RepeatBackend(environment(memory, settings, "repeat")));
        add(new SquareBackend(environment(memory, settings, "square")));
        add(new ImageBackend(environment(memory, settings, "image")));
        add(new ClassifyBackend(environment(memory, settings, "classify")));
        add(new TokenizerBackend(environment(memory, settings, "tokenizer")));
        add(new PoolingBackend(environment(memory, settings, "pooling")));
        add(new PythonBackend(environment(memory, settings, "python"), shared, services));
    }

    private BackendEnvironment environment(TensorMemory memory, BackendConfig settings, String backend) {
        return new BackendEnvironment(memory, settings.settings(backend), cpus, gpus, cuda, pinned, onDevice,
                captures);
    }

    private void add(Backend backend) {
        byName.put(backend.name(), backend);
    }

    /**
     * Where a loaded model wants its inputs.
     *
     * @throws InferenceException UNSUPPORTED if this server has no such memory
     */
    InputMemory inputMemory(BackendModel loaded) throws InferenceException {
        return allocators.inputs(loaded.inputKind(), loaded.inputDevice());
    }

    /** Pooled host memory, which every model takes. */
    InputMemory pooledInputs() throws InferenceException {
        return allocators.inputs(TensorData.Kind.POOLED, TensorData.NO_DEVICE);
    }

    /** The processors that all models share. */
    CpuBudget cpus() {
        return cpus;
    }

    /** The heap of the C library. */
    NativeHeap heap() {
        return heap;
    }

    /** The GPUs there are. */
    public CudaDevices devices() {
        return gpus;
    }

    /** What models hold of the GPUs' memory now. */
    public List<GpuMemory> gpuMemory() {
        return byName.values().stream().flatMap(backend -> backend.gpuMemory().stream()).toList();
    }

    /** What is pinned for them. */
    public PinnedMemory pinned() {
        return pinned;
    }

    /** Keeps everything else from the GPUs while a model's CUDA graph is recorded. */
    public CaptureLock captures() {
        return captures;
    }

    /**
     * The GPUs that models of a backend may run on.
     *
     * @param cpuInstead whether those that ask for GPUs run on the CPU where there are none
     */
    Gpus gpus(Backend backend, boolean cpuInstead) {
        String obstacle = backend.gpuObstacle();
        List<Integer> ids = obstacle.isEmpty() ? gpus.devices().stream().map(CudaDevices.Device::id).toList()
                : List.of();
        return new Gpus(ids, obstacle.isEmpty() ? gpus.whyNone() : obstacle, cpuInstead);
    }

    /**
     * The backend of that name.
     *
     * @throws InferenceException INVALID_ARG, as in Triton, if there is none
     */
    Backend named(String name) throws InferenceException {
        Backend backend = byName.get(name);
        if (backend == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to find backend library for backend '" + name
                    + "': " + NotBuilt.ofBackend(name) + NearestName.hint(name, byName.keySet())
                    + "; this server has " + String.join(", ", byName.keySet()));
        }
        return backend;
    }

    /**
     * A model has been loaded, could not be, or has been closed: what it took and nobody uses goes back to the operating
     * system a moment later.
     */
    void giveMemoryBack() {
        memoryReturn.modelChanged();
    }

    /** Gives back what the backends hold; after all models are closed. */
    @Override
    public void close() {
        byName.values().forEach(Backend::close);
        onDevice.close();
        pinned.close();
        if (cuda != null) {
            cuda.close();
        }
    }
}
