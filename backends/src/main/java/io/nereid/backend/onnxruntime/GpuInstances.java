package io.nereid.backend.onnxruntime;

import io.nereid.backend.GpuMemory;
import io.nereid.backend.ModelVersion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The instances that are on GPUs, to be asked for what they hold there. Thread-safe. */
final class GpuInstances {
    private final Map<OnnxRuntimeInstance, ModelVersion> instances = new ConcurrentHashMap<>();

    /** An instance on a GPU. */
    void add(OnnxRuntimeInstance instance, ModelVersion version) {
        instances.put(instance, version);
    }

    /** One that is closed next. */
    void remove(OnnxRuntimeInstance instance) {
        instances.remove(instance);
    }

    /** What they hold now. */
    List<GpuMemory> memory() {
        Map<String, GpuMemory> sums = new TreeMap<>();
        instances.forEach((instance, version) -> {
            GpuMemory held = new GpuMemory(version.model(), version.version(), instance.gpu(), instance.gpuBytes());
            sums.merge(held.model() + '/' + held.version() + '/' + held.device(), held, (one, other) -> new GpuMemory(
                    one.model(), one.version(), one.device(), one.bytes() + other.bytes()));
        });
        return new ArrayList<>(sums.values());
    }
}
