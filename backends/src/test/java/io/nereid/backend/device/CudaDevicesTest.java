package io.nereid.backend.device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

final class CudaDevicesTest {
    /** Two GPUs, whose handles are not their numbers; the second has no identity. */
    private static final String SOURCE = """
            int cuInit(unsigned int flags) { return 0; }
            int cuDeviceGetCount(int *out) { *out = 2; return 0; }
            int cuDeviceGet(int *out, int number) { *out = 40 + number; return 0; }
            int cuDeviceGetAttribute(int *out, int attribute, int device) {
                if (device == 40) *out = attribute == 75 ? 8 : 6;
                else if (device == 41) *out = attribute == 75 ? 9 : 0;
                else return 101;
                return 0;
            }
            int cuDeviceGetUuid(unsigned char *out, int device) {
                for (int i = 0; i < 15; i++) out[i] = i;
                out[15] = 255;
                return device != 40;
            }
            """;
    @TempDir
    private Path folder;

    @Test
    void find_noDriver_isNoGpu() {
        assertThat(CudaDevices.find("libno-such-driver.so.1")).isEqualTo(new CudaDevices(List.of(),
                "this machine has no CUDA driver (libno-such-driver.so.1, which comes with NVIDIA's)"));
    }

    @Test
    void find_thisMachine_countsFromZero() {
        List<CudaDevices.Device> devices = CudaDevices.find().devices();

        for (int i = 0; i < devices.size(); i++) {
            assertThat(devices.get(i).id()).isEqualTo(i);
            assertThat(devices.get(i).computeCapability()).matches("[1-9]\\d*\\.\\d");
        }
    }

    @Test
    void find_driverWithGpus_isWhatItSaysOfEach() throws Exception {
        assertThat(CudaDevices.find(driver("whole", SOURCE)).devices()).containsExactly(
                new CudaDevices.Device(0, "8.6", "GPU-00010203-0405-0607-0809-0a0b0c0d0eff"),
                new CudaDevices.Device(1, "9.0", ""));
    }

    @Test
    void find_driverThatFails_isNoGpu() throws Exception {
        CudaDevices none = new CudaDevices(List.of(), "the CUDA driver is there but shows no GPU");
        assertThat(CudaDevices.find(driver("none", SOURCE.replace("*out = 2; return 0;", "return 100;"))))
                .isEqualTo(none);
        assertThat(CudaDevices.find(driver("zero", SOURCE.replace("*out = 2;", "*out = 0;")))).isEqualTo(none);
        assertThat(CudaDevices.find(driver("init", SOURCE.replace("unsigned int flags) { return 0;",
                "unsigned int flags) { return 3;")))).isEqualTo(none);
    }

    @Test
    void find_driverThatIsTooOld_isNoGpu() throws Exception {
        CudaDevices none = new CudaDevices(List.of(), "the CUDA driver is too old");
        assertThat(CudaDevices.find(driver("old", SOURCE.replace("cuDeviceGetUuid", "cuOther")))).isEqualTo(none);
        assertThat(CudaDevices.find(driver("empty", "int nothing;"))).isEqualTo(none);
        assertThat(CudaIpc.find(driver("ipc", "int cuInit(unsigned int flags) { return 0; }"), new CaptureLock()))
                .isEmpty();
        assertThat(CudaIpc.find(driver("stub", "int nothing;"), new CaptureLock())).isEmpty();
    }

    private String driver(String name, String source) throws IOException, InterruptedException {
        return StandInLibrary.compiled(folder, name, source);
    }
}
