package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * ONNX Runtime, loaded, with its environment. There is one environment in a process: opening it again shares the first,
 * its log and its threads included. Thread-safe; closed after everything it made.
 */
public final class OnnxRuntime extends NativeObject {
    private static final int ARENA_ALLOCATOR = 1;
    private static final int DEFAULT_MEMORY = 0;

    private final boolean sharesThreads;
    private final long cpuMemory;
    private final long allocator;

    private OnnxRuntime(OrtApi api, long environment, boolean sharesThreads) throws InferenceException {
        super(api, OrtFunction.RELEASE_ENV, environment);
        this.sharesThreads = sharesThreads;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.call(OrtFunction.GET_ALLOCATOR_WITH_DEFAULT_OPTIONS, out.address());
            allocator = out.get(JAVA_LONG, 0);
            createCpuMemoryInfo(api, out.address());
            cpuMemory = out.get(JAVA_LONG, 0);
        }
    }

    /**
     * Loads the library and opens the environment. Every session has threads of its own.
     *
     * @throws InferenceException UNAVAILABLE if there is no library that suits this machine
     */
    public static OnnxRuntime open() throws InferenceException {
        return open(null);
    }

    /** The same, where all sessions share the threads of {@code pools} unless that is null. */
    public static OnnxRuntime open(@Nullable ThreadPools pools) throws InferenceException {
        OrtApi api = OrtApi.of(OrtLibrary.load(System.getProperty(OrtLibrary.PATH_PROPERTY)));
        long environment = pools == null ? environment(api) : environment(api, pools);
        try {
            return new OnnxRuntime(api, environment, pools != null);
        } catch (InferenceException e) {
            api.release(OrtFunction.RELEASE_ENV, environment);
            throw e;
        }
    }

    /**
     * How many threads all sessions share; 0 lets ONNX Runtime choose.
     *
     * @param intraOp threads that work on one operator
     * @param interOp operators that run at the same time, in sessions of parallel execution mode
     */
    public record ThreadPools(int intraOp, int interOp) {}

    /** Whether this process has a library that can run models on GPUs; does not load it. */
    public static boolean hasCuda() {
        return OrtLibrary.hasCuda(System.getProperty(OrtLibrary.PATH_PROPERTY));
    }

    /**
     * Loads what this process's library needs to run models on GPUs, from where {@code docs/gpu.md} says.
     *
     * @return what keeps that from being loaded, as a clause for people; empty if nothing does
     */
    public static String cudaObstacle() {
        return OrtLibrary.cudaObstacle(System.getProperty(OrtLibrary.PATH_PROPERTY), CudaFolders.ofThisProcess());
    }

    /**
     * Where the library lies, for another process to load it from ({@code onnxruntime.native.path}). Loads nothing.
     *
     * @throws InferenceException UNAVAILABLE if there is no library that suits this machine
     */
    public static Path libraryFolder() throws InferenceException {
        return OrtLibrary.folder(System.getProperty(OrtLibrary.PATH_PROPERTY));
    }

    /** The library's release, {@code 1.29.0}. */
    public String version() {
        return api().version();
    }

    /** Execution providers that the library was built with, under ONNX Runtime's names. */
    public List<String> availableProviders() throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS, 2);
            MemorySegment count = out.asSlice(ADDRESS.byteSize());
            api().call(OrtFunction.GET_AVAILABLE_PROVIDERS, out.address(), count.address());
            long names = out.get(JAVA_LONG, 0);
            int length = count.get(JAVA_INT, 0);
            try {
                return texts(MemorySegment.ofAddress(names).reinterpret(length * ADDRESS.byteSize()), length);
            } finally {
                releaseProviders(names, length);
            }
        }
    }

    /** Options for sessions, all at their defaults. */
    public OrtSessionOptions sessionOptions() throws InferenceException {
        OrtSessionOptions options = OrtSessionOptions.create(api());
        try {
            if (sharesThreads) {
                options.sharedThreads();
            }
            return options;
        } catch (InferenceException e) {
            options.close();
            throw e;
        }
    }

    /** Opens the model in {@code file} by these options, which may be closed or used again afterwards. Takes long. */
    public OrtSession session(Path file, OrtSessionOptions options) throws InferenceException {
        return OrtSession.create(this, file, options);
    }

    /** Whether sessions share the threads of the environment. */
    public boolean sharesThreads() {
        return sharesThreads;
    }

    /** Whether sessions say which of their tensors are in a GPU's memory: {@link OrtSession#gpuTensors}. */
    public boolean knowsSessionMemory() {
        return api().hasSessionMemory();
    }

    long cpuMemory() {
        return cpuMemory;
    }

    /** Describes the host's memory; the caller closes the description. */
    public OrtMemoryInfo hostMemoryInfo() throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            createCpuMemoryInfo(api(), out.address());
            return new OrtMemoryInfo(api(), out.get(JAVA_LONG, 0));
        }
    }

    /** Describes the memory of a GPU; the caller closes the description. */
    public OrtMemoryInfo gpuMemoryInfo(int device) throws InferenceException {
        MethodHandle create = Downcall.returningPointer(JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api().check((long) create.invokeExact(api().function(OrtFunction.CREATE_MEMORY_INFO),
                    arena.allocateFrom(OrtSession.GPU_MEMORY).address(), ARENA_ALLOCATOR, device, DEFAULT_MEMORY,
                    out.address()));
            return new OrtMemoryInfo(api(), out.get(JAVA_LONG, 0));
        } catch (Throwable e) {
            throw OrtApi.thrown(e);
        }
    }

    long allocator() {
        return allocator;
    }

    @Override
    public void close() {
        api().release(OrtFunction.RELEASE_MEMORY_INFO, cpuMemory);
        super.close();
    }

    private static List<String> texts(MemorySegment pointers, int count) {
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(OrtApi.text(pointers.getAtIndex(JAVA_LONG, i)));
        }
        return List.copyOf(texts);
    }

    private void releaseProviders(long names, int length) throws InferenceException {
        api().callWithInt(OrtFunction.RELEASE_AVAILABLE_PROVIDERS, names, length);
    }

    private static long environment(OrtApi api) throws InferenceException {
        MethodHandle create = Downcall.returningPointer(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.check((long) create.invokeExact(api.function(OrtFunction.CREATE_ENV_WITH_CUSTOM_LOGGER),
                    OrtLog.function().address(), 0L, OrtLog.threshold(), arena.allocateFrom("nereid").address(),
                    out.address()));
            return out.get(JAVA_LONG, 0);
        } catch (Throwable e) {
            throw OrtApi.thrown(e);
        }
    }

    private static long environment(OrtApi api, ThreadPools pools) throws InferenceException {
        MethodHandle create = Downcall.returningPointer(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG,
                JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.call(OrtFunction.CREATE_THREADING_OPTIONS, out.address());
            long threading = out.get(JAVA_LONG, 0);
            try {
                api.callWithInt(OrtFunction.SET_GLOBAL_INTRA_OP_NUM_THREADS, threading, pools.intraOp());
                api.callWithInt(OrtFunction.SET_GLOBAL_INTER_OP_NUM_THREADS, threading, pools.interOp());
                api.check((long) create.invokeExact(
                        api.function(OrtFunction.CREATE_ENV_WITH_CUSTOM_LOGGER_AND_GLOBAL_THREAD_POOLS),
                        OrtLog.function().address(), 0L, OrtLog.threshold(), arena.allocateFrom("nereid").address(),
                        threading, out.address()));
            } finally {
                api.release(OrtFunction.RELEASE_THREADING_OPTIONS, threading);
            }
            return out.get(JAVA_LONG, 0);
        } catch (Throwable e) {
            throw OrtApi.thrown(e);
        }
    }

    private static void createCpuMemoryInfo(OrtApi api, long out) throws InferenceException {
        MethodHandle create = Downcall.returningPointer(JAVA_INT, JAVA_INT, JAVA_LONG);
        try {
            api.check((long) create.invokeExact(api.function(OrtFunction.CREATE_CPU_MEMORY_INFO), ARENA_ALLOCATOR,
                    DEFAULT_MEMORY, out));
        } catch (Throwable e) {
            throw OrtApi.thrown(e);
        }
    }
}
