package io.nereid.backend;

import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.TensorAllocator;

import java.util.Map;

/**
 * What the server gives to a backend.
 *
 * @param memory where tensors lie that the backend makes
 * @param settings the values of {@code --backend-config} for this backend, the global ones included
 * @param cpus the processors that all models share
 * @param gpus the GPUs there are
 */
public record BackendEnvironment(TensorAllocator memory, Map<String, String> settings, CpuBudget cpus,
        CudaDevices gpus) {
    /** The settings are copied. */
    public BackendEnvironment {
        settings = Map.copyOf(settings);
    }
}
