package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.backend.device.StandInCuda;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtMemoryInfo;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.backend.onnxruntime.gpu.DeviceCall;
import io.nereid.backend.onnxruntime.gpu.GpuErrors;
import io.nereid.backend.onnxruntime.gpu.GpuSession;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The backend, with all instances on a GPU that is none: sessions run on the CPU, and every tensor of fixed size lies in
 * memory of {@link StandInCuda}, where instances copy it in a stream as on a GPU. It fails if anything is left there.
 */
final class StandInGpuBackend implements Backend {
    /** Where all instances are. */
    static final int DEVICE = 0;

    private final OnnxRuntimeBackend real;
    private final BackendEnvironment environment;
    private final StandInCuda cuda;
    private final CaptureLock captures = new CaptureLock();
    private final DevicePool pool;
    private @Nullable OnnxRuntime runtime;

    StandInGpuBackend(OnnxRuntimeBackend real, BackendEnvironment environment) {
        this(real, environment, new StandInCuda(1, 1 << 30));
    }

    /** On a GPU of that stand-in, which is closed with this. */
    StandInGpuBackend(OnnxRuntimeBackend real, BackendEnvironment environment, StandInCuda cuda) {
        this.cuda = cuda;
        this.pool = new DevicePool(cuda, DevicePoolSizes.DEFAULT);
        this.real = real;
        this.environment = environment;
    }

    @Override
    public String name() {
        return real.name();
    }

    @Override
    public boolean supportsStates() {
        return true;
    }

    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return real.preferredGroups();
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return real.complete(version, config);
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        real.load(version, config).close(); // checks what it says
        if (runtime == null) {
            runtime = OnnxRuntime.open();
        }
        return new Model(runtime, version, config);
    }

    @Override
    public void close() {
        if (runtime != null) {
            runtime.close();
        }
        real.close();
        pool.close();
        cuda.close();
    }

    private final class Model implements BackendModel {
        private final ModelVersion version;
        private final ModelConfig config;
        private final OnnxRuntime runtime;
        /** What is closed after the instances, the last first. */
        private final Deque<Runnable> closing = new ArrayDeque<>();

        Model(OnnxRuntime runtime, ModelVersion version, ModelConfig config) {
            this.runtime = runtime;
            this.version = version;
            this.config = config;
        }

        @Override
        public ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
            Path file = ModelFile.of(version, config).forCpu();
            SessionSettings settings = SessionSettings.of(config);
            OrtSession session;
            try (OrtSessionOptions options = runtime.sessionOptions()) {
                options.graphLevel(settings.graphLevel());
                options.intraOpThreads(1);
                session = runtime.session(file, options);
            }
            try {
                return instance(file, placement, settings, session);
            } catch (InferenceException e) {
                session.close();
                throw e;
            }
        }

        private ModelInstance instance(Path file, InstancePlacement placement, SessionSettings settings,
                OrtSession session) throws InferenceException {
            SignatureCheck.Checked checked = SignatureCheck.of(config, version.modelDirectory(), session, () -> {
                try (OrtSession unchanged = OnnxRuntimeModel.openUnchanged(runtime, version, config, file)) {
                    return unchanged.outputs();
                }
            });
            OrtMemoryInfo host = runtime.hostMemoryInfo();
            closing.push(host::close);
            CudaStream stream = stream();
            closing.push(stream::close);
            GpuTensors where = new GpuTensors(fixed(checked.inputSignatures()), fixed(checked.outputSignatures()));
            DeviceCall call = DeviceCall.create(placement.name(),
                    new GpuSession(session, where, host, checked.inputSignatures(), checked.outputSignatures(),
                            settings.runEntries(), false),
                    List.of(), stream, new GpuErrors(cuda, DEVICE), captures,
                    new DeviceCall.Memory(environment.memory(), pool));
            return new OnnxRuntimeInstance(placement, session::close, call, checked,
                    settings.emptyDimensions() ? EmptyDimensions.allowed() : EmptyDimensions.of(file),
                    environment.memory(), environment.memory(), null, _ -> {
                    }, null, false);
        }

        private CudaStream stream() {
            try {
                return CudaStream.create(cuda, DEVICE);
            } catch (CudaException e) {
                throw new AssertionError(e);
            }
        }

        private static Set<String> fixed(List<TensorSignature> tensors) {
            return tensors.stream().filter(tensor -> tensor.dataType() != DataType.BYTES).map(TensorSignature::name)
                    .collect(Collectors.toSet());
        }

        @Override
        public void close() {
            closing.forEach(Runnable::run);
        }
    }
}
