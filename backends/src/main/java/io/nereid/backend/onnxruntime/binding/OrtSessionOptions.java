package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** How sessions are to be made. Not thread-safe. */
public final class OrtSessionOptions extends NativeObject {
    private OrtSessionOptions(OrtApi api, long address) {
        super(api, OrtFunction.RELEASE_SESSION_OPTIONS, address);
    }

    static OrtSessionOptions create(OrtApi api) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.call(OrtFunction.CREATE_SESSION_OPTIONS, out.address());
            return new OrtSessionOptions(api, out.get(JAVA_LONG, 0));
        }
    }

    /** How much ONNX Runtime rewrites the graph; the numbers are its own. */
    public enum GraphLevel {
        /** Nothing is rewritten. */
        DISABLE_ALL(0),
        /** What never changes a result. */
        BASIC(1),
        /** Operators are fused as well. */
        EXTENDED(2),
        /** Memory layouts are changed as well. */
        ALL(99);

        private final int number;

        GraphLevel(int number) {
            this.number = number;
        }
    }

    /** How much the graph is rewritten. */
    public void graphLevel(GraphLevel level) throws InferenceException {
        api().callWithInt(OrtFunction.SET_SESSION_GRAPH_OPTIMIZATION_LEVEL, address(), level.number);
    }

    /** Threads that work on one operator, the calling one included; 0 for one per core. */
    public void intraOpThreads(int threads) throws InferenceException {
        api().callWithInt(OrtFunction.SET_INTRA_OP_NUM_THREADS, address(), threads);
    }

    /** Operators that run at the same time in parallel execution; 0 for one per core. */
    public void interOpThreads(int threads) throws InferenceException {
        api().callWithInt(OrtFunction.SET_INTER_OP_NUM_THREADS, address(), threads);
    }

    /** Whether branches of the graph run at the same time. */
    public void parallelExecution(boolean parallel) throws InferenceException {
        api().callWithInt(OrtFunction.SET_SESSION_EXECUTION_MODE, address(), parallel ? 1 : 0);
    }

    /** Whether memory of earlier runs is laid out once for shapes that come again. */
    public void memPattern(boolean enabled) throws InferenceException {
        api().call(enabled ? OrtFunction.ENABLE_MEM_PATTERN : OrtFunction.DISABLE_MEM_PATTERN, address());
    }

    /** Whether memory of earlier runs is kept for later ones. */
    public void cpuMemArena(boolean enabled) throws InferenceException {
        api().call(enabled ? OrtFunction.ENABLE_CPU_MEM_ARENA : OrtFunction.DISABLE_CPU_MEM_ARENA, address());
    }

    /** What the session is called in ONNX Runtime's log lines. */
    public void logId(String name) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            api().call(OrtFunction.SET_SESSION_LOG_ID, address(), arena.allocateFrom(name).address());
        }
    }

    /** Sets one of ONNX Runtime's {@code session.*} entries. */
    public void configEntry(String key, String value) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            api().call(OrtFunction.ADD_SESSION_CONFIG_ENTRY, address(), arena.allocateFrom(key).address(),
                    arena.allocateFrom(value).address());
        }
    }

    /** Adds the operators of a shared library. */
    public void customOpLibrary(Path library) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            api().call(OrtFunction.REGISTER_CUSTOM_OPS_LIBRARY_V2, address(),
                    arena.allocateFrom(library.toString()).address());
        }
    }

    /** Runs what CUDA can run on a GPU. */
    public void appendCuda(Map<String, String> settings) throws InferenceException {
        append(OrtFunction.CREATE_CUDA_PROVIDER_OPTIONS, OrtFunction.UPDATE_CUDA_PROVIDER_OPTIONS,
                OrtFunction.APPEND_CUDA_V2, OrtFunction.RELEASE_CUDA_PROVIDER_OPTIONS, settings);
    }

    /** Runs what TensorRT can run on a GPU. */
    public void appendTensorRt(Map<String, String> settings) throws InferenceException {
        append(OrtFunction.CREATE_TENSORRT_PROVIDER_OPTIONS, OrtFunction.UPDATE_TENSORRT_PROVIDER_OPTIONS,
                OrtFunction.APPEND_TENSORRT_V2, OrtFunction.RELEASE_TENSORRT_PROVIDER_OPTIONS, settings);
    }

    /** Runs what the named provider can run on it, where ONNX Runtime takes it by name. */
    public void appendProvider(String name, Map<String, String> settings) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            api().call(OrtFunction.APPEND_EXECUTION_PROVIDER, address(), arena.allocateFrom(name).address(),
                    texts(arena, settings.keySet()), texts(arena, settings.values()), settings.size());
        }
    }

    /** Uses the threads of the environment. */
    void sharedThreads() throws InferenceException {
        api().call(OrtFunction.DISABLE_PER_SESSION_THREADS, address());
    }

    private void append(int create, int update, int append, int release, Map<String, String> settings)
            throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api().call(create, out.address());
            long provider = out.get(JAVA_LONG, 0);
            try {
                api().call(update, provider, texts(arena, settings.keySet()), texts(arena, settings.values()),
                        settings.size());
                api().call(append, address(), provider);
            } finally {
                api().release(release, provider);
            }
        }
    }

    private static long texts(Arena arena, Iterable<String> texts) {
        long count = 0;
        for (String ignored : texts) {
            count++;
        }
        MemorySegment pointers = arena.allocate(ADDRESS, count + 1);
        long index = 0;
        for (String text : texts) {
            pointers.setAtIndex(JAVA_LONG, index++, arena.allocateFrom(text).address());
        }
        return pointers.address();
    }
}
