package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * A model, opened. Several threads may run it at the same time, each through an {@link OrtCall} of its own; it is
 * closed after they are.
 */
public final class OrtSession extends NativeObject {
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
}
