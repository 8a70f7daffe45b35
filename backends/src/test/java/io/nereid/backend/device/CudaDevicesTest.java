package io.nereid.backend.device;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

final class CudaDevicesTest {
    @Test
    void find_noDriver_isNoGpu() {
        assertThat(CudaDevices.find("libno-such-driver.so.1")).isEqualTo(CudaDevices.NONE);
    }

    @Test
    void find_thisMachine_countsFromZero() {
        List<CudaDevices.Device> devices = CudaDevices.find().devices();

        for (int i = 0; i < devices.size(); i++) {
            assertThat(devices.get(i).id()).isEqualTo(i);
            assertThat(devices.get(i).computeCapability()).matches("[1-9]\\d*\\.\\d");
        }
    }
}
