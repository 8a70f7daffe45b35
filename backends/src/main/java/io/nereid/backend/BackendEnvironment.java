package io.nereid.backend;

import io.nereid.backend.device.Cuda;
import io.nereid.backend.device.CudaDevices;
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
 */
public record BackendEnvironment(TensorAllocator memory, Map<String, String> settings, CpuBudget cpus,
        CudaDevices gpus, @Nullable Cuda cuda, PinnedMemory pinned) {
    /** One where no memory is pinned. */
    public BackendEnvironment(TensorAllocator memory, Map<String, String> settings, CpuBudget cpus, CudaDevices gpus) {
        this(memory, settings, cpus, gpus, null, new PinnedMemory(null, 0, memory));
    }

    /** The settings are copied. */
    public BackendEnvironment {
        settings = Map.copyOf(settings);
    }
}
