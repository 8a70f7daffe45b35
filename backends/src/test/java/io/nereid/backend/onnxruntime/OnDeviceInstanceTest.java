package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;

/** What instances do on the CPU, on a GPU that is none. */
final class OnDeviceInstanceTest extends OnnxRuntimeInstanceTest {
    @Override
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return new StandInGpuBackend(real, environment());
    }
}
