package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.inference.InferenceException;

/** The contract of all backends, by instances on a GPU that is none. */
final class OnDeviceContractTest extends OnnxRuntimeBackendContractTest {
    @Override
    protected Backend backend(BackendEnvironment environment) throws InferenceException {
        return new StandInGpuBackend(new OnnxRuntimeBackend(environment), environment);
    }
}
