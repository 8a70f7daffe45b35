package io.nereid.server.metrics;

import io.nereid.backend.GpuMemory;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.PinnedMemory;

import java.util.List;
import java.util.function.Supplier;

/**
 * What there is to know of models on GPUs.
 *
 * @param devices the GPUs that instances can be on
 * @param pinned what is pinned for them
 * @param held what models hold of their memory now
 */
public record GpuSources(CudaDevices devices, PinnedMemory pinned, Supplier<List<GpuMemory>> held) {}
