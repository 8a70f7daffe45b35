package io.nereid.backend.device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Against a library that looks like NVML, made by the machine's C compiler; without one only what needs none. */
final class NvmlTest {
    private static final String SOURCE = """
            #include <string.h>
            typedef struct { unsigned int gpu, memory; } utilization;
            typedef struct { unsigned long long total, free, used; } memory;
            static int started;
            static int device;
            int nvmlInit_v2(void) { started++; return 0; }
            int nvmlShutdown(void) { started--; return 0; }
            int nvmlDeviceGetHandleByUUID(const char *uuid, void **out) {
                if (!started || strcmp(uuid, "GPU-known")) return 6;
                *out = &device;
                return 0;
            }
            int nvmlDeviceGetUtilizationRates(void *at, utilization *out) {
                if (at != &device || !started) return 1;
                out->gpu = 37; out->memory = 99;
                return 0;
            }
            int nvmlDeviceGetMemoryInfo(void *at, memory *out) {
                if (at != &device) return 1;
                out->total = 85899345920ull; out->free = 80530636800ull; out->used = 5368709120ull;
                return 0;
            }
            int nvmlDeviceGetPowerUsage(void *at, unsigned int *out) { *out = 61500; return at != &device; }
            int nvmlDeviceGetEnforcedPowerLimit(void *at, unsigned int *out) { return 3; }
            int nvmlDeviceGetTotalEnergyConsumption(void *at, unsigned long long *out) {
                *out = 12345678901234ull;
                return at != &device;
            }
            """;
    @TempDir
    private Path folder;

    @Test
    void find_noLibrary_isAbsent() {
        assertThat(Nvml.find("libno-such-management.so.1")).isEmpty();
    }

    @Test
    void read_gpu_hasItsUnitsAndLeavesOutWhatItDoesNotMeasure() throws Exception {
        try (Nvml nvml = Nvml.find(compiled("whole", SOURCE)).orElseThrow()) {
            assertThat(nvml.gpu("GPU-other")).isEmpty();
            Nvml.Gpu gpu = nvml.gpu("GPU-known").orElseThrow();
            Nvml.Reading reading = gpu.read();
            assertThat(gpu.uuid()).isEqualTo("GPU-known");
            assertThat(reading.utilization()).hasValue(0.37);
            assertThat(reading.memoryTotalBytes()).hasValue(80L << 30);
            assertThat(reading.memoryUsedBytes()).hasValue(5L << 30);
            assertThat(reading.powerWatts()).hasValue(61.5);
            assertThat(reading.powerLimitWatts()).isEmpty();
            assertThat(reading.energyJoules()).hasValue(12_345_678_901.234);
        }
    }

    @Test
    void read_closedLibrary_measuresNothing() throws Exception {
        Nvml nvml = Nvml.find(compiled("closed", SOURCE)).orElseThrow();
        Nvml.Gpu gpu = nvml.gpu("GPU-known").orElseThrow();
        nvml.close();
        assertThat(gpu.read().utilization()).isEmpty();
    }

    @Test
    void find_libraryThatIsTooOldOrFails_isAbsent() throws Exception {
        assertThat(Nvml.find(compiled("old", "int nvmlInit_v2(void) { return 0; }"))).isEmpty();
        assertThat(Nvml.find(compiled("failing", SOURCE.replace("started++; return 0;", "return 9;")))).isEmpty();
    }

    private String compiled(String name, String source) throws IOException, InterruptedException {
        return StandInLibrary.compiled(folder, name, source);
    }
}
