package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;

/** Ragged batches on a GPU that is none. */
final class OnDeviceRaggedBatchTest extends RaggedBatchTest {
    @Override
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return new StandInGpuBackend(real, environment());
    }
}
