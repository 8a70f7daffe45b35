package io.nereid.backend.isolation;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendContractTest;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.isolation.process.WorkerThread;
import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.backend.onnxruntime.RepeatingModel;
import io.nereid.backend.worker.process.WorkerCommand;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.Await;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Isolated models, whose workers work in this process; real ones are started by interop/test_isolation.py. */
@Timeout(120)
final class IsolatingBackendContractTest extends BackendContractTest {
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 26, 1 << 20, Path.of("/tmp"), "");

    @Override
    protected Backend backend(BackendEnvironment environment) throws InferenceException {
        return new IsolatingBackend(new OnnxRuntimeBackend(environment),
                new Workers(environment, shared, this::command));
    }

    private WorkerCommand command(IsolationSettings settings, String memoryToMap) {
        try {
            return new WorkerCommand("worker", WorkerThread.start(directory), "", Map.of(), Set.of(), memoryToMap);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected String parameters() {
        return "parameters { key: \"isolation\" value { string_value: \"process\" } }";
    }

    @Override
    protected ModelVersion repeating(DataType type, int pairs, int maxBatchSize, Shape dims) throws IOException {
        return RepeatingModel.write(directory, type, pairs, maxBatchSize, dims);
    }

    /** Whoever sees the worker's end first gives back what it had, maybe while the model's close returns. */
    @AfterEach
    void sharedMemory_afterEachTest_isGivenBack() {
        Await.until(() -> memory.bytesInUse() == 0 && shared.memory().bytesInUse() == 0);
        shared.close();
    }
}
