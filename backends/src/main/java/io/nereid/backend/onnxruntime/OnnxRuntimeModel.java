package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.backend.onnxruntime.binding.SessionArenas;
import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.backend.onnxruntime.gpu.FixedRun;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A version of an ONNX model. Instances whose runs compute on the thread that calls them, and wait for no other, share a
 * session; all others have one each, since a session's threads are the instance's.
 */
final class OnnxRuntimeModel implements BackendModel {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeModel.class);

    private final OnnxRuntime runtime;
    private final BackendEnvironment environment;
    private final ModelVersion version;
    private final ModelConfig config;
    private final SessionSettings settings;
    private final ExecutionProviders providers;
    private final ArenaTrimmer trimmer;
    private final GpuInstances onGpus;
    private final CudaGraphs graphs;
    private final ModelFile file;
    private final SharedSession shared = new SharedSession();
    /** The session of each instance that is open. */
    private final Map<OnnxRuntimeInstance, OrtSession> instances = new ConcurrentHashMap<>();
    /** Those that instances are on. */
    private final Set<Integer> gpus;

    OnnxRuntimeModel(OnnxRuntime runtime, BackendEnvironment environment, ModelVersion version, ModelConfig config,
            SessionSettings settings, ExecutionProviders providers, ArenaTrimmer trimmer, GpuInstances onGpus) {
        this.runtime = runtime;
        this.environment = environment;
        this.version = version;
        this.config = config;
        this.settings = settings;
        this.providers = providers;
        this.trimmer = trimmer;
        this.onGpus = onGpus;
        this.graphs = CudaGraphs.of(config);
        this.file = ModelFile.of(version, config);
        this.gpus = config.instanceGroups().stream().filter(group -> group.kind() == InstanceGroupConfig.Kind.GPU)
                .flatMap(group -> group.gpus().stream()).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Host memory for a model on the CPU; for one on GPUs pinned memory, or what clients have on the GPU themselves where
     * all its instances are on that one.
     */
    @Override
    public TensorData.Kind inputKind() {
        if (gpus.isEmpty() || !config.optimization().inputPinnedMemory()) {
            return TensorData.Kind.POOLED;
        }
        return inputDevice() == TensorData.NO_DEVICE ? TensorData.Kind.PINNED : TensorData.Kind.CUDA;
    }

    @Override
    public int inputDevice() {
        boolean one = gpus.size() == 1 && environment.cuda() != null && runtime.knowsSessionMemory()
                && config.optimization().inputPinnedMemory()
                && config.instanceGroups().stream().allMatch(group -> group.kind() == InstanceGroupConfig.Kind.GPU);
        return one ? gpus.iterator().next() : TensorData.NO_DEVICE;
    }

    @Override
    public ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
        Path path = file(placement);
        GpuPlace gpu = GpuPlace.of(environment, runtime, placement);
        try {
            return createInstance(path, placement, gpu);
        } catch (InferenceException | RuntimeException | Error e) {
            if (gpu != null) {
                gpu.close();
            }
            throw e;
        }
    }

    private ModelInstance createInstance(Path path, InstancePlacement placement, @Nullable GpuPlace gpu)
            throws InferenceException {
        Opened opened = gpu == null ? openOnCpu(path, placement)
                : gpu.open(() -> openWithGraphs(path, placement, gpu));
        OrtSession session = opened.session();
        try {
            SignatureCheck.Checked checked = SignatureCheck.of(config, version.modelDirectory(), session,
                    () -> declaredOutputs(path));
            SessionCall call = call(opened, placement, checked, gpu);
            SessionArenas arenas = arenas(session, placement);
            OnnxRuntimeInstance instance = new OnnxRuntimeInstance(placement, opened.close(), call, checked,
                    emptyDimensions(path), memory(placement, environment.memory()),
                    memory(placement, environment.outputs()), arenas, this::forget, gpu, hasOneThread(placement));
            instances.put(instance, session);
            watch(instance, placement, arenas != null && !opened.graphs());
            return instance;
        } catch (InferenceException e) {
            opened.close().run();
            throw e;
        }
    }

    /** @param trims whether arenas may give memory back: recorded graphs go on to use what they were recorded with */
    private void watch(OnnxRuntimeInstance instance, InstancePlacement placement, boolean trims) {
        if (trims) {
            trimmer.add(instance);
        }
        if (placement.kind() == InstancePlacement.Kind.GPU) {
            onGpus.add(instance, version);
        }
    }

    private void forget(OnnxRuntimeInstance instance) {
        instances.remove(instance);
        trimmer.remove(instance);
        onGpus.remove(instance);
    }

    /** {@inheritDoc} Several instances may share a session, which counts once. */
    @Override
    public long memoryBytes() {
        Map<OrtSession, Long> bySession = new HashMap<>();
        instances.forEach((instance, session) -> bySession.merge(session, instance.heldBytes(), Math::max));
        return bySession.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * A session.
     *
     * @param graphs whether it records CUDA graphs
     * @param close what its instance does when it needs it no longer
     */
    private record Opened(OrtSession session, boolean graphs, Runnable close) {
        static Opened own(OrtSession session, boolean graphs) {
            return new Opened(session, graphs, session::close);
        }
    }

    private Opened openOnCpu(Path path, InstancePlacement placement) throws InferenceException {
        if (!sharesSession(placement)) {
            return Opened.own(open(path, placement, null, false), false);
        }
        OrtSession session = shared.use(() -> open(path, placement, null, false));
        return new Opened(session, false, shared::release);
    }

    /** Not with operators of other libraries or kernels of another provider, which may not expect two runs at a time. */
    private boolean sharesSession(InstancePlacement placement) {
        return hasOneThread(placement) && config.opLibraryFilenames().isEmpty() && providers.isOnlyOwnOnCpu();
    }

    /** With CUDA graphs where the configuration asks for them and ONNX Runtime can record the model. */
    private Opened openWithGraphs(Path path, InstancePlacement placement, GpuPlace gpu) throws InferenceException {
        if (!graphs.enabled() || !runtime.knowsSessionMemory()) {
            return Opened.own(open(path, placement, gpu, false), false);
        }
        try {
            if (!settings.runEntries().isEmpty()) {
                LOG.warn(
                        "instance '{}' gives no memory back after its runs, since CUDA graphs use it: {} is passed over",
                        placement.name(), settings.runEntries().keySet());
            }
            return Opened.own(open(path, placement, gpu, true), true);
        } catch (InferenceException e) {
            if (!e.text().toLowerCase(Locale.ROOT).contains("graph capture")) {
                throw e;
            }
            LOG.warn("instance '{}' runs without CUDA graphs: {}", placement.name(), e.text());
            return Opened.own(open(path, placement, gpu, false), false);
        }
    }

    private OrtSession open(Path path, InstancePlacement placement, @Nullable GpuPlace gpu, boolean withGraphs)
            throws InferenceException {
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            configure(options, placement);
            providers.append(placement, gpu == null ? OptionalLong.empty() : OptionalLong.of(gpu.stream()), withGraphs,
                    options);
            return runtime.session(path, options);
        }
    }

    /** On a GPU by bound memory, where ONNX Runtime says what has to lie where; else it copies everything itself. */
    private SessionCall call(Opened opened, InstancePlacement placement, SignatureCheck.Checked checked,
            @Nullable GpuPlace gpu) throws InferenceException {
        GpuTensors where = gpu == null ? null : opened.session().gpuTensors().orElse(null);
        return gpu == null || where == null
                ? opened.session().call(checked.inputSignatures(), checked.outputSignatures(), settings.runEntries())
                : gpu.call(opened.session(), where, checked, opened.graphs() ? Map.of() : settings.runEntries(),
                        opened.graphs() ? runsToRecord(placement, checked, where) : null,
                        memory(placement, environment.memory()));
    }

    private List<FixedRun> runsToRecord(InstancePlacement placement, SignatureCheck.Checked checked,
            GpuTensors where) {
        String obstacle = CudaGraphs.obstacle(checked, where);
        if (!obstacle.isEmpty()) {
            LOG.warn("instance '{}' runs without CUDA graphs: {}", placement.name(), obstacle);
            return List.of();
        }
        return graphs.runs(checked);
    }

    /** Where what instances make for the GPU, and of it, lies; on the CPU that is {@code host}. */
    private TensorAllocator memory(InstancePlacement placement, TensorAllocator host) {
        return placement.kind() == InstancePlacement.Kind.GPU && config.optimization().outputPinnedMemory()
                ? environment.pinned()
                : host;
    }

    /** The session's arenas; null where the configuration wants none, or ONNX Runtime cannot say what they keep. */
    private @Nullable SessionArenas arenas(OrtSession session, InstancePlacement placement) {
        if (!settings.memArena() && placement.kind() != InstancePlacement.Kind.GPU) {
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

    /** Whether a run computes on the thread that calls it and waits for no other. */
    private boolean hasOneThread(InstancePlacement placement) {
        return placement.kind() != InstancePlacement.Kind.GPU && !runtime.sharesThreads()
                && !settings.parallelExecution() && intraOpThreads(placement) == 1;
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
        // Sessions are closed with the last of their instances.
    }
}
