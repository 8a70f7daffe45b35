package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendContractTest;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.io.IOException;

class OnnxRuntimeBackendContractTest extends BackendContractTest {
    @Override
    protected Backend backend(BackendEnvironment environment) throws InferenceException {
        return new OnnxRuntimeBackend(environment);
    }

    @Override
    protected ModelVersion repeating(DataType type, int pairs, int maxBatchSize, Shape dims) throws IOException {
        return RepeatingModel.write(directory, type, pairs, maxBatchSize, dims);
    }
}
