package io.nereid.server.metrics;

import io.nereid.backend.device.Nvml;

import java.util.Map;

/** Measures the GPUs of this machine. */
interface GpuMeters extends AutoCloseable {
    /** No GPUs. */
    GpuMeters NONE = Map::of;

    /** What is measured now, by the GPU's UUID. */
    Map<String, Nvml.Reading> read();

    @Override
    default void close() {}
}
