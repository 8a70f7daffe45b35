package io.nereid.backend.python;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.ModelServices;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.python.environment.PythonEnvironment;
import io.nereid.backend.python.environment.PythonEnvironments;
import io.nereid.backend.worker.process.CallHandler;
import io.nereid.backend.worker.process.WorkerCommand;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import org.slf4j.Logger;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Starts workers: knows the interpreter, the worker's package and the shared memory. Thread-safe. */
final class Workers implements AutoCloseable {
    /** Where the folder of the worker's package is, if it is not beside the folder of the server's jars. */
    private static final String PATH_PROPERTY = "nereid.python.path";
    private static final String PACKAGE = "nereid_worker";
    /** What a shell would take for something else, as Triton has it. */
    private static final String INVALID_IN_NAMES = ";|&$`<>()[]{}\\\"'*?~#!";

    private final PythonSettings settings;
    private final BackendEnvironment environment;
    private final WorkerMemory shared;
    private final ModelServices services;
    private final PythonEnvironments environments;

    Workers(PythonSettings settings, BackendEnvironment environment, WorkerMemory shared, ModelServices services) {
        this.settings = settings;
        this.environment = environment;
        this.shared = shared;
        this.services = services;
        this.environments = new PythonEnvironments(settings.runtime(), settings.allowRequirements(), System.getenv(),
                settings.environmentCache(), Path.of(System.getProperty("java.io.tmpdir")));
    }

    PythonSettings settings() {
        return settings;
    }

    WorkerMemory shared() {
        return shared;
    }

    ModelServices services() {
        return services;
    }

    /** Where short outputs go. */
    TensorAllocator pooled() {
        return environment.memory();
    }

    /**
     * Starts a worker, which has not been asked anything yet.
     *
     * @param environmentPath the value of {@code EXECUTION_ENV_PATH}; empty for none
     * @param name of the instance, for texts
     * @throws InferenceException if no worker can be started
     */
    WorkerProcess start(ModelVersion version, String environmentPath, String name, CallHandler calls, Logger log)
            throws InferenceException {
        checkName(version.model());
        checkName(name);
        PythonEnvironment python = environments.of(environmentPath, version.modelDirectory(),
                version.versionDirectory());
        WorkerCommand command = new WorkerCommand("Stub process",
                List.of(python.interpreter(), "-X", "utf8", program().toString()),
                "install Python 3 with numpy, or name an interpreter by --backend-config=python,python-runtime=PATH",
                python.variables(), python.dropped(), shared.argument());
        return WorkerProcess.start(name, version.model() + "/" + name, command, calls, log);
    }

    private static void checkName(String name) throws InferenceException {
        if (name.chars().anyMatch(character -> INVALID_IN_NAMES.indexOf(character) >= 0)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Invalid stub name: contains invalid characters");
        }
    }

    private static Path program() throws InferenceException {
        Path folder = folder().resolve(PACKAGE);
        if (!Files.isDirectory(folder)) {
            throw new InferenceException(ErrorCode.INTERNAL, "the server's own Python files are missing: there is no "
                    + folder + "; install the distribution whole, or set -D" + PATH_PROPERTY);
        }
        return folder;
    }

    private static Path folder() {
        String given = System.getProperty(PATH_PROPERTY, "");
        if (!given.isEmpty()) {
            return Path.of(given).toAbsolutePath();
        }
        try {
            Path code = Path.of(Workers.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return code.toAbsolutePath().resolveSibling("../python").normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("where the server's code lies is no path", e);
        }
    }

    /** Removes the environments that were made; after all workers have ended. */
    @Override
    public void close() {
        environments.close();
    }
}
