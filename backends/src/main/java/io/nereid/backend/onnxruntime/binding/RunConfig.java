package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Options that hold for every run of one {@link OrtCall}. */
final class RunConfig extends NativeObject {
    private static final int LOG_FATAL = 4;

    private RunConfig(OrtApi api, long address) {
        super(api, OrtFunction.RELEASE_RUN_OPTIONS, address);
    }

    static RunConfig create(OrtApi api, Map<String, String> entries) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.call(OrtFunction.CREATE_RUN_OPTIONS, out.address());
            RunConfig config = new RunConfig(api, out.get(JAVA_LONG, 0));
            try {
                for (Map.Entry<String, String> entry : entries.entrySet()) {
                    api.call(OrtFunction.ADD_RUN_CONFIG_ENTRY, config.address(),
                            arena.allocateFrom(entry.getKey()).address(),
                            arena.allocateFrom(entry.getValue()).address());
                }
                return config;
            } catch (InferenceException e) {
                config.close();
                throw e;
            }
        }
    }

    /** Lets runs log nothing but what is fatal. */
    void quiet() throws InferenceException {
        api().callWithInt(OrtFunction.RUN_OPTIONS_SET_RUN_LOG_SEVERITY_LEVEL, address(), LOG_FATAL);
    }

    /** Makes the run under way, and those that follow, fail as soon as ONNX Runtime looks; on any thread. */
    void terminate() throws InferenceException {
        api().call(OrtFunction.RUN_OPTIONS_SET_TERMINATE, address());
    }

    /** Lets runs be whole again. */
    void forgetTermination() throws InferenceException {
        api().call(OrtFunction.RUN_OPTIONS_UNSET_TERMINATE, address());
    }
}
