package io.nereid.backend.onnxruntime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.GpuMemory;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Pause;
import io.nereid.backend.Sleeper;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Runs ONNX models. ONNX Runtime is loaded with the first of them: a server without any does not pay for it. */
public final class OnnxRuntimeBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeBackend.class);

    private final BackendEnvironment environment;
    private final BackendSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArenaTrimmer trimmer;
    private final GpuInstances onGpus = new GpuInstances();
    @GuardedBy("lock")
    private @Nullable OnnxRuntime runtime;
    @GuardedBy("lock")
    private @Nullable String gpuObstacle;

    /**
     * A backend for this process.
     *
     * @throws InferenceException INVALID_ARG if one of the settings is no number where it must be
     */
    public OnnxRuntimeBackend(BackendEnvironment environment) throws InferenceException {
        this(environment, new ArenaTrimmer(new Pause(Sleeper.SYSTEM)));
    }

    /** The same, where {@code trimmer} gives back the memory that instances keep; it is this object's from here on. */
    OnnxRuntimeBackend(BackendEnvironment environment, ArenaTrimmer trimmer) throws InferenceException {
        this.environment = environment;
        this.trimmer = trimmer;
        this.settings = BackendSettings.of(environment.settings());
    }

    @Override
    public boolean supportsStates() {
        return true;
    }

    @Override
    public String name() {
        return "onnxruntime";
    }

    /** Looked for once: with GPUs that takes a second, in which their libraries are loaded. */
    @Override
    public String gpuObstacle() {
        lock.lock();
        try {
            String obstacle = gpuObstacle;
            if (obstacle == null) {
                obstacle = findGpuObstacle();
                gpuObstacle = obstacle;
            }
            return obstacle;
        } finally {
            lock.unlock();
        }
    }

    private String findGpuObstacle() {
        if (!OnnxRuntime.hasCuda()) {
            return "this is the CPU build of the server (NEREID_VARIANT=gpu ./nereid or mvn -Pgpu makes the other one)";
        }
        String obstacle = environment.gpus().count() == 0 ? environment.gpus().whyNone() : OnnxRuntime.cudaObstacle();
        if (!obstacle.isEmpty()) {
            LOG.warn("this is the GPU build of the server, but ONNX models run on the CPU: {}", obstacle);
        }
        return obstacle;
    }

    @Override
    public List<String> warnings(ModelConfig config) {
        List<String> warnings = new ArrayList<>(SessionSettings.misspelt(config));
        SessionSettings.tooManyThreads(config, environment.cpus()).ifPresent(warnings::add);
        return warnings;
    }

    /** One on each GPU; on the CPU Triton's two, unless there is but one processor to share. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.GPU, 1, List.of()), InstanceGroupConfig
                .of(InstanceGroupConfig.Kind.CPU, Math.min(2, environment.cpus().processors()), List.of()));
    }

    /**
     * Where ONNX Runtime's library lies, for another process to load it from; this one does not.
     *
     * @throws InferenceException UNAVAILABLE if there is none for this machine
     */
    public static Path libraryFolder() throws InferenceException {
        return OnnxRuntime.libraryFolder();
    }

    /** {@inheritDoc} Where the configuration leaves anything to the model. */
    @Override
    public boolean completesByLoading(ModelConfig config) {
        return AutoComplete.isNeeded(config);
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        if (!completesByLoading(config)) {
            return config;
        }
        try (OrtSession session = OnnxRuntimeModel.openUnchanged(runtime(), version, config,
                ModelFile.of(version, config).forCpu())) {
            return AutoComplete.complete(config, session, settings.defaultMaxBatchSize());
        }
    }

    @Override
    public void check(ModelVersion version, ModelConfig config) throws InferenceException {
        if (config.ccModelFilenames().isEmpty()) { // else it takes the GPU to know which file
            ModelFile.of(version, config).forCpu();
        }
    }

    @Override
    public List<String> nativeCode(ModelConfig config, boolean filesToo) {
        return NativeCode.of(config, filesToo);
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        SessionSettings session = SessionSettings.of(config);
        ExecutionProviders providers = ExecutionProviders.of(config, session.cuda(),
                TensorRtCache.settings(settings.tensorRtCache(), version, config));
        return new OnnxRuntimeModel(runtime(), environment, version, config, session, providers, trimmer,
                onGpus);
    }

    @Override
    public List<GpuMemory> gpuMemory() {
        return onGpus.memory();
    }

    private OnnxRuntime runtime() throws InferenceException {
        lock.lock();
        try {
            OnnxRuntime opened = runtime;
            if (opened == null) {
                opened = OnnxRuntime.open(settings.threadPools());
                runtime = opened;
                trimmer.start();
                LOG.info("ONNX Runtime {} with {}", opened.version(), opened.availableProviders());
            }
            return opened;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        trimmer.close();
        lock.lock();
        try {
            if (runtime != null) {
                runtime.close();
                runtime = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
