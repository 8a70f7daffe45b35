package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtCall;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.backend.onnxruntime.binding.SessionArenas;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.List;

/** A version of an ONNX model. Its instances share nothing but the file: one session each. */
final class OnnxRuntimeModel implements BackendModel {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeModel.class);

    private final OnnxRuntime runtime;
    private final BackendEnvironment environment;
    private final ModelVersion version;
    private final ModelConfig config;
    private final SessionSettings settings;
    private final ExecutionProviders providers;
    private final ArenaTrimmer trimmer;
    private final ModelFile file;

    OnnxRuntimeModel(OnnxRuntime runtime, BackendEnvironment environment, ModelVersion version, ModelConfig config,
            SessionSettings settings, ExecutionProviders providers, ArenaTrimmer trimmer) {
        this.runtime = runtime;
        this.environment = environment;
        this.version = version;
        this.config = config;
        this.settings = settings;
        this.providers = providers;
        this.trimmer = trimmer;
        this.file = ModelFile.of(version, config);
    }

    @Override
    public ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
        Path path = file(placement);
        OrtSession session;
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            configure(options, placement);
            session = runtime.session(path, options);
        }
        try {
            SignatureCheck.Checked checked = SignatureCheck.of(config, version.modelDirectory(), session,
                    () -> declaredOutputs(path));
            OrtCall call = session.call(checked.inputSignatures(), checked.outputSignatures(), settings.runEntries());
            SessionArenas arenas = arenas(session, placement);
            OnnxRuntimeInstance instance = new OnnxRuntimeInstance(placement, session, call, checked,
                    emptyDimensions(path), environment.memory(), arenas, trimmer::remove);
            if (arenas != null) {
                trimmer.add(instance);
            }
            return instance;
        } catch (InferenceException e) {
            session.close();
            throw e;
        }
    }

    /** The session's arenas; null where the configuration wants none, or ONNX Runtime cannot say what they keep. */
    private @Nullable SessionArenas arenas(OrtSession session, InstancePlacement placement) {
        if (!settings.memArena()) {
            return null;
        }
        try {
            return session.arenas(placement.gpu());
        } catch (InferenceException e) {
            LOG.debug("instance '{}' keeps the most memory that a run took: {}", placement.name(), e.text());
            return null;
        }
    }

    private EmptyDimensions emptyDimensions(Path path) {
        return settings.emptyDimensions() ? EmptyDimensions.allowed() : EmptyDimensions.of(path);
    }

    private void configure(OrtSessionOptions options, InstancePlacement placement) throws InferenceException {
        options.logId(placement.name());
        options.graphLevel(settings.graphLevel());
        options.parallelExecution(settings.parallelExecution());
        options.cpuMemArena(settings.memArena());
        options.memPattern(settings.memPattern());
        if (!runtime.sharesThreads()) {
            options.intraOpThreads(intraOpThreads(placement));
            options.interOpThreads(settings.interOpThreads());
        }
        for (var entry : settings.sessionEntries().entrySet()) {
            options.configEntry(entry.getKey(), entry.getValue());
        }
        registerCustomOps(version, config, options);
        providers.append(placement, options);
    }

    private List<TensorSignature> declaredOutputs(Path path) throws InferenceException {
        try (OrtSession session = openUnchanged(runtime, version, config, path)) {
            return session.outputs();
        }
    }

    /** Opens a file for its signature alone: the graph stays as it is. */
    static OrtSession openUnchanged(OnnxRuntime runtime, ModelVersion version, ModelConfig config, Path path)
            throws InferenceException {
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            options.graphLevel(OrtSessionOptions.GraphLevel.DISABLE_ALL);
            options.intraOpThreads(1);
            registerCustomOps(version, config, options);
            return runtime.session(path, options);
        }
    }

    /** Adds the configuration's operator libraries; their paths are relative to the model's directory. */
    private static void registerCustomOps(ModelVersion version, ModelConfig config, OrtSessionOptions options)
            throws InferenceException {
        for (String library : config.opLibraryFilenames()) {
            options.customOpLibrary(version.modelDirectory().resolve(library));
        }
    }

    /** As the configuration says, else the instance's share of the processors, of which a small model needs one. */
    private int intraOpThreads(InstancePlacement placement) {
        if (settings.intraOpThreads() > 0) {
            return settings.intraOpThreads();
        }
        return SmallModel.is(config, version.versionDirectory()) ? 1 : placement.threads();
    }

    private Path file(InstancePlacement placement) throws InferenceException {
        return placement.kind() == InstancePlacement.Kind.GPU ? file.forGpu(computeCapability(placement.deviceId()))
                : file.forCpu();
    }

    private String computeCapability(int deviceId) throws InferenceException {
        for (CudaDevices.Device device : environment.gpus().devices()) {
            if (device.id() == deviceId) {
                return device.computeCapability();
            }
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', GPU "
                + deviceId + " is not there (expected one of " + environment.gpus().count() + ", counted from 0)");
    }

    @Override
    public void close() {
        // Sessions are the instances' own.
    }
}
