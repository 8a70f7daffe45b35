package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * A model, opened. Several threads may run it at the same time, each through an {@link OrtCall} of its own; it is
 * closed after they are.
 */
public final class OrtSession extends NativeObject {
    /** What ONNX Runtime calls the memory of a GPU, not that of the host that is pinned for one. */
    static final String GPU_MEMORY = "Cuda";

    private final OnnxRuntime runtime;
    private final List<TensorSignature> inputs;
    private final List<TensorSignature> overridableInitializers;
    private final List<TensorSignature> outputs;

    private OrtSession(OnnxRuntime runtime, long address) throws InferenceException {
        super(runtime.api(), OrtFunction.RELEASE_SESSION, address);
        this.runtime = runtime;
        try (SignatureReader reader = new SignatureReader(runtime, address)) {
            inputs = reader.inputs();
            overridableInitializers = reader.overridableInitializers();
            outputs = reader.outputs();
        }
    }

    static OrtSession create(OnnxRuntime runtime, Path file, OrtSessionOptions options) throws InferenceException {
        long address;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            runtime.api().call(OrtFunction.CREATE_SESSION, runtime.address(),
                    arena.allocateFrom(file.toString()).address(), options.address(), out.address());
            address = out.get(JAVA_LONG, 0);
        }
        try {
            return new OrtSession(runtime, address);
        } catch (InferenceException e) {
            runtime.api().release(OrtFunction.RELEASE_SESSION, address);
            throw e;
        }
    }

    /** The inputs that every run needs, in the model's order. */
    public List<TensorSignature> inputs() {
        return inputs;
    }

    /** Constants of the model that a run may replace: inputs that may be left out. */
    public List<TensorSignature> overridableInitializers() {
        return overridableInitializers;
    }

    /** The outputs, in the model's order. */
    public List<TensorSignature> outputs() {
        return outputs;
    }

    /**
     * What the session keeps of earlier runs in its arenas, for the caller to close before the session.
     *
     * @param gpu the GPU whose memory it keeps too; negative for none
     * @throws InferenceException if ONNX Runtime is too old to say how much that is, or the session has no arena
     */
    public SessionArenas arenas(int gpu) throws InferenceException {
        return SessionArenas.of(runtime, this, gpu);
    }

    /**
     * Prepares runs by one thread at a time.
     *
     * @param inputs the inputs it may be given, inputs or overridable initializers of the model
     * @param outputs the outputs it may be asked for
     * @param runConfig ONNX Runtime's entries for each run
     */
    public OrtCall call(List<TensorSignature> inputs, List<TensorSignature> outputs, Map<String, String> runConfig)
            throws InferenceException {
        return OrtCall.create(runtime, this, inputs, outputs, runConfig);
    }

    /**
     * Prepares runs by one thread at a time that read and write where the caller says, in the host's memory or a GPU's.
     *
     * @param deviceMemory describes the memory of kind CUDA that is bound; the caller's, who closes it afterwards
     * @param inputs the inputs it may be given, inputs or overridable initializers of the model
     * @param outputs the outputs it may be asked for
     * @param runConfig ONNX Runtime's entries for each run
     */
    public BoundCall boundCall(OrtMemoryInfo deviceMemory, List<TensorSignature> inputs, List<TensorSignature> outputs,
            Map<String, String> runConfig) throws InferenceException {
        return BoundCall.create(runtime, this, deviceMemory, inputs, outputs, runConfig);
    }

    /**
     * Which inputs and outputs are in a GPU's memory.
     *
     * @return absent where ONNX Runtime is too old to say
     */
    public Optional<GpuTensors> gpuTensors() throws InferenceException {
        return runtime.knowsSessionMemory()
                ? Optional.of(new GpuTensors(onGpu(OrtFunction.SESSION_GET_MEMORY_INFO_FOR_INPUTS, inputs),
                        onGpu(OrtFunction.SESSION_GET_MEMORY_INFO_FOR_OUTPUTS, outputs)))
                : Optional.empty();
    }

    private Set<String> onGpu(int function, List<TensorSignature> tensors) throws InferenceException {
        Set<String> names = new HashSet<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment infos = arena.allocate(ADDRESS, tensors.size() + 1L);
            MemorySegment out = arena.allocate(ADDRESS);
            if (!tensors.isEmpty()) {
                api().call(function, address(), infos.address(), tensors.size());
            }
            for (int i = 0; i < tensors.size(); i++) {
                api().call(OrtFunction.MEMORY_INFO_GET_NAME, infos.getAtIndex(JAVA_LONG, i), out.address());
                if (OrtApi.text(out.get(JAVA_LONG, 0)).equals(GPU_MEMORY)) {
                    names.add(tensors.get(i).name());
                }
            }
        }
        return names;
    }
}
