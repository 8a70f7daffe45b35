package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What every call of a session holds beside its tensors: the options of its runs, the memory for what C reads and
 * writes, and the values of its inputs of strings. Used by one thread at a time, but for the options.
 */
final class CallResources implements AutoCloseable {
    private final OnnxRuntime runtime;
    private final RunConfig config;
    private final CallMemory memory;
    private final List<OrtValue> strings = new ArrayList<>(0);

    private CallResources(OnnxRuntime runtime, RunConfig config, CallMemory memory) {
        this.runtime = runtime;
        this.config = config;
        this.memory = memory;
    }

    /**
     * Those of one call, which closes them.
     *
     * @param runConfig entries of the options
     * @param byteSize bytes of the memory
     */
    static CallResources create(OnnxRuntime runtime, Map<String, String> runConfig, long byteSize)
            throws InferenceException {
        RunConfig config = RunConfig.create(runtime.api(), runConfig);
        try {
            return new CallResources(runtime, config, CallMemory.create(runtime, byteSize));
        } catch (InferenceException | RuntimeException | Error e) {
            config.close();
            throw e;
        }
    }

    RunConfig config() {
        return config;
    }

    CallMemory memory() {
        return memory;
    }

    /** A new value of strings that are all empty; it is there until {@link #clear}. */
    OrtValue emptyStrings(Shape shape) throws InferenceException {
        OrtValue value = OrtValue.strings(runtime, shape);
        strings.add(value);
        return value;
    }

    /** The same of strings that are copied from {@code encoded}: each a 4-byte little-endian length and the bytes. */
    OrtValue strings(Shape shape, List<MemorySegment> encoded) throws InferenceException {
        OrtValue value = emptyStrings(shape);
        StringTensor.decode(encoded, value);
        return value;
    }

    /** Gives the values of strings back. */
    void clear() {
        strings.forEach(OrtValue::close);
        strings.clear();
    }

    /** Gives the rest back too; the tensors in the memory are closed. */
    @Override
    public void close() {
        clear();
        config.close();
        memory.close();
    }
}
