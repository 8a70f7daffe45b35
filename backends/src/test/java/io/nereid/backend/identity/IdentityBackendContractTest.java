package io.nereid.backend.identity;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendContractTest;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

final class IdentityBackendContractTest extends BackendContractTest {
    @Override
    protected Backend backend(BackendEnvironment environment) {
        return new IdentityBackend(environment);
    }

    @Override
    protected ModelVersion repeating(DataType type, int pairs, int maxBatchSize, Shape dims) {
        return new ModelVersion("repeating", 1, directory, directory.resolve("1"));
    }
}
