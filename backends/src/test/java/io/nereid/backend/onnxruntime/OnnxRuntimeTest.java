package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.InferenceException;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** A backend for each test, and memory that must be empty behind it. */
abstract class OnnxRuntimeTest {
    protected final TensorMemory memory = new PoisonedMemory(1 << 30, 1 << 20);

    @TempDir
    protected Path directory;

    protected OnnxRuntimeBackend backend = newBackend(Map.of());
    private @Nullable OnnxRuntimeBackend wrapped;
    private @Nullable Backend wrapper;

    /** What runs models in the place of the backend, which it closes; the backend itself if a test has nothing there. */
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return real;
    }

    /** What runs models. */
    protected final Backend running() {
        if (wrapper == null || wrapped != backend) {
            wrapped = backend;
            wrapper = wrapped(backend);
        }
        return wrapper;
    }

    protected final BackendEnvironment environment() {
        return environment(Map.of());
    }

    private BackendEnvironment environment(Map<String, String> settings) {
        return new BackendEnvironment(memory, settings, new CpuBudget(2), CudaDevices.NONE);
    }

    protected final OnnxRuntimeBackend newBackend(Map<String, String> settings) {
        try {
            return new OnnxRuntimeBackend(environment(settings));
        } catch (InferenceException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    final void requireEmptyMemory() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @AfterEach
    final void closeBackend() {
        running().close();
        assertThat(memory.bytesInUse()).isZero();
    }

    /** The configuration of model {@code m}, before it is completed. */
    protected static ModelConfig config(String text) {
        return RunningModel.config("m", "backend: \"onnxruntime\"\n" + text);
    }

    /** Writes the model and starts it. */
    protected final RunningModel start(OnnxModel model, String config) throws IOException, InferenceException {
        return RunningModel.start(running(), model.writeTo(directory, "m"), config(config));
    }

    /** Writes the model and completes the configuration. */
    protected final ModelConfig complete(OnnxModel model, String config) throws IOException, InferenceException {
        return backend.complete(model.writeTo(directory, "m"), config(config));
    }
}
