package io.nereid.server.metrics;

import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.Nvml;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The GPUs that CUDA shows to this process, measured by NVML. */
final class NvmlMeters implements GpuMeters {
    private static final Logger LOG = LoggerFactory.getLogger(NvmlMeters.class);

    private final Nvml nvml;
    private final List<Nvml.Gpu> gpus;

    private NvmlMeters(Nvml nvml, List<Nvml.Gpu> gpus) {
        this.nvml = nvml;
        this.gpus = gpus;
    }

    /** Those devices as far as they can be measured; what cannot be is said in the log. */
    static GpuMeters find(CudaDevices devices) {
        return find(devices, Nvml.LIBRARY);
    }

    static GpuMeters find(CudaDevices devices, String library) {
        if (devices.count() == 0) {
            LOG.info("there are no GPU metrics: CUDA's driver shows no GPU");
            return NONE;
        }
        Optional<Nvml> nvml = Nvml.find(library);
        if (nvml.isEmpty()) {
            LOG.info("there are no GPU metrics: {} cannot be loaded", library);
            return NONE;
        }
        List<Nvml.Gpu> gpus = devices.devices().stream().flatMap(device -> nvml.get().gpu(device.uuid()).stream())
                .toList();
        if (gpus.size() < devices.count()) {
            LOG.info("{} of {} GPUs have metrics: NVML knows {}", gpus.size(), devices.count(),
                    gpus.stream().map(Nvml.Gpu::uuid).collect(Collectors.joining(", ", "[", "]")));
        }
        return new NvmlMeters(nvml.get(), gpus);
    }

    @Override
    public Map<String, Nvml.Reading> read() {
        Map<String, Nvml.Reading> readings = new LinkedHashMap<>();
        gpus.forEach(gpu -> readings.put(gpu.uuid(), gpu.read()));
        return readings;
    }

    @Override
    public void close() {
        nvml.close();
    }
}
