package io.nereid.backend;

import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.Cuda;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.backend.device.PinnedMemory;
import io.nereid.inference.TensorAllocator;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * What the server gives to a backend.
 *
 * @param memory where tensors lie that the backend makes
 * @param settings the values of {@code --backend-config} for this backend, the global ones included
 * @param cpus the processors that all models share
 * @param gpus the GPUs there are
 * @param cuda reaches them; null where there are none
 * @param pinned where tensors lie that a GPU reads or writes
 * @param onDevice where tensors lie that stay on a GPU
 * @param outputs where tensors in host memory lie that models of this process answer with
 * @param captures keeps everything else from the GPUs while a CUDA graph is recorded
 */
public record BackendEnvironment(TensorAllocator memory, TensorAllocator outputs, Map<String, String> settings,
        CpuBudget cpus,
        CudaDevices gpus, @Nullable Cuda cuda, PinnedMemory pinned, DevicePool onDevice, CaptureLock captures) {
    /** One where no memory is pinned. */
    public BackendEnvironment(TensorAllocator memory, Map<String, String> settings, CpuBudget cpus, CudaDevices gpus) {
        this(memory, memory, settings, cpus, gpus);
    }

    /** The same, where outputs lie elsewhere. */
    public BackendEnvironment(TensorAllocator memory, TensorAllocator outputs, Map<String, String> settings,
            CpuBudget cpus, CudaDevices gpus) {
        this(memory, outputs, settings, cpus, gpus, null, new PinnedMemory(null, 0, memory),
                new DevicePool(null, DevicePoolSizes.DEFAULT), new CaptureLock());
    }

    /** One where outputs lie in the same memory. */
    public BackendEnvironment(TensorAllocator memory, Map<String, String> settings, CpuBudget cpus,
            CudaDevices gpus, @Nullable Cuda cuda, PinnedMemory pinned, DevicePool onDevice, CaptureLock captures) {
        this(memory, memory, settings, cpus, gpus, cuda, pinned, onDevice, captures);
    }

    /** The settings are copied. */
    public BackendEnvironment {
        settings = Map.copyOf(settings);
    }
}
