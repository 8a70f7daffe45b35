package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;

/** States of sequences on a GPU that is none. */
final class OnDeviceSequenceStateTest extends SequenceStateTest {
    @Override
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return new StandInGpuBackend(real, environment());
    }
}
