package io.nereid.backend.python.environment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.FileDigests;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The environments of this server's models, each made once: archives by what they are now, requirements by what they
 * say. Models that have the same share it. Thread-safe; one is made at a time.
 */
public final class PythonEnvironments implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PythonEnvironments.class);
    private static final String MODEL_DIRECTORY = "$$TRITON_MODEL_DIRECTORY";
    private static final String REQUIREMENTS = "requirements.txt";

    private final String runtime;
    private final boolean allowRequirements;
    private final Map<String, String> process;
    private final EnvironmentPlaces places;
    /** Digests of archives, by their path, time and size. */
    private final Map<String, String> digests = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    /** By what they are made of. */
    @GuardedBy("lock")
    private final Map<String, PythonEnvironment> made = new HashMap<>();

    /**
     * Environments of a server.
     *
     * @param runtime the interpreter of models that bring none
     * @param allowRequirements whether requirements beside a model are installed
     * @param process the server's environment variables
     * @param kept where what is made goes, and stays for the servers that come; null for {@code temporary}
     * @param temporary where what is made goes that is removed when this is closed
     */
    public PythonEnvironments(String runtime, boolean allowRequirements, Map<String, String> process,
            @Nullable Path kept, Path temporary) {
        this.runtime = runtime;
        this.allowRequirements = allowRequirements;
        this.process = Map.copyOf(process);
        this.places = kept == null ? new EnvironmentFolder(temporary) : new EnvironmentCache(kept);
    }

    /**
     * The environment of a version of a model. Blocks while it is made.
     *
     * @param path the value of {@code EXECUTION_ENV_PATH}; empty for none
     * @throws InferenceException INTERNAL if it cannot be made, or is no environment
     */
    public PythonEnvironment of(String path, Path modelDirectory, Path versionDirectory) throws InferenceException {
        if (!path.isEmpty()) {
            return named(path, modelDirectory);
        }
        Path requirements = requirements(modelDirectory, versionDirectory);
        if (!Files.exists(requirements)) {
            return PythonEnvironment.of(runtime);
        }
        if (!allowRequirements) {
            LOG.info("{} is not installed; --backend-config=python,allow-requirements=true has the server do it",
                    requirements);
            return PythonEnvironment.of(runtime);
        }
        return installed(requirements);
    }

    private static Path requirements(Path modelDirectory, Path versionDirectory) {
        Path ofVersion = versionDirectory.resolve(REQUIREMENTS);
        return Files.exists(ofVersion) ? ofVersion : modelDirectory.resolve(REQUIREMENTS);
    }

    private PythonEnvironment named(String path, Path modelDirectory) throws InferenceException {
        Path named = Path.of(path.startsWith(MODEL_DIRECTORY)
                ? modelDirectory + path.substring(MODEL_DIRECTORY.length())
                : path).toAbsolutePath().normalize();
        if (Files.isDirectory(named)) {
            return PythonEnvironment.in(named, process);
        }
        if (!Files.exists(named)) {
            throw new InferenceException(ErrorCode.INTERNAL, "the Python environment '" + named
                    + "' that EXECUTION_ENV_PATH names does not exist");
        }
        try {
            Path real = named.toRealPath();
            return make("archive " + digest(real),
                    target -> {
                        LOG.info("unpacking the Python environment {}", real);
                        EnvironmentArchive.unpack(real, target);
                    });
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "the Python environment '" + named + "' cannot be read: " + e.getMessage(), e);
        }
    }

    /** Of what it contains; read again only when it has changed. */
    private String digest(Path archive) throws IOException {
        long byteSize = Files.size(archive);
        String state = archive + " " + Files.getLastModifiedTime(archive) + " " + byteSize;
        String known = digests.get(state);
        if (known != null) {
            return known;
        }
        String digest = FileDigests.hash(archive, byteSize);
        digests.put(state, digest);
        return digest;
    }

    private PythonEnvironment installed(Path requirements) throws InferenceException {
        try {
            return make("requirements " + Requirements.describe(runtime, requirements) + "\n"
                    + Files.readString(requirements),
                    target -> Requirements.install(requirements, runtime, target));
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, requirements + " cannot be read: " + e.getMessage(), e);
        }
    }

    private PythonEnvironment make(String source, EnvironmentPlaces.Maker maker) throws InferenceException {
        lock.lock();
        try {
            PythonEnvironment known = made.get(source);
            if (known != null) {
                return known;
            }
            Path place = places.place(FileDigests.hash(source), target -> {
                maker.make(target);
                PythonEnvironment _ = PythonEnvironment.in(target, process); // or it is not kept
            });
            PythonEnvironment environment = PythonEnvironment.in(place, process);
            made.put(source, environment);
            return environment;
        } finally {
            lock.unlock();
        }
    }

    /** Removes what was made and is not kept; after all workers have ended. */
    @Override
    public void close() {
        places.close();
    }
}
