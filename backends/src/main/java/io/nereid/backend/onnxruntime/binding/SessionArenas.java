package io.nereid.backend.onnxruntime.binding;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The arenas of a session: memory that its runs have used and that it keeps for the next ones, however much a run once
 * took. Thread-safe, and may be used while the session runs.
 */
public final class SessionArenas implements AutoCloseable {
    private static final String SHRINK = "memory.enable_memory_arena_shrinkage";

    private final OnnxRuntime runtime;
    private final List<TensorSignature> inputs;
    private final ReentrantLock lock = new ReentrantLock();
    /** ONNX Runtime's allocators, one for each arena. */
    private final List<Long> allocators;
    private final boolean onGpu;
    @GuardedBy("lock")
    private final OrtCall call;
    @GuardedBy("lock")
    private boolean closed;

    private SessionArenas(OnnxRuntime runtime, List<TensorSignature> inputs, List<Long> allocators, boolean onGpu,
            OrtCall call) {
        this.runtime = runtime;
        this.inputs = inputs;
        this.allocators = allocators;
        this.onGpu = onGpu;
        this.call = call;
    }

    static SessionArenas of(OnnxRuntime runtime, OrtSession session, int gpu) throws InferenceException {
        if (!runtime.api().hasAllocatorStatistics() || session.outputs().isEmpty()) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "ONNX Runtime " + runtime.version()
                    + " does not say how much memory a session keeps");
        }
        List<Long> allocators = new ArrayList<>();
        try {
            allocators.add(allocator(runtime, session, runtime.cpuMemory()));
            if (gpu >= 0) {
                allocators.add(gpuAllocator(runtime, session, gpu));
            }
            String arenas = gpu < 0 ? "cpu:0" : "cpu:0;gpu:" + gpu;
            OrtCall call = session.call(session.inputs(), session.outputs().subList(0, 1),
                    gpu < 0 ? Map.of(SHRINK, arenas) : Map.of(SHRINK, arenas, "gpu_graph_id", "-1")); // records nothing
            call.quiet();
            call.terminate();
            return new SessionArenas(runtime, session.inputs(), List.copyOf(allocators), gpu >= 0, call);
        } catch (InferenceException e) {
            allocators.forEach(allocator -> runtime.api().release(OrtFunction.RELEASE_ALLOCATOR, allocator));
            throw e;
        }
    }

    private static long allocator(OnnxRuntime runtime, OrtSession session, long memoryInfo)
            throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            runtime.api().call(OrtFunction.CREATE_ALLOCATOR, session.address(), memoryInfo, out.address());
            return out.get(JAVA_LONG, 0);
        }
    }

    private static long gpuAllocator(OnnxRuntime runtime, OrtSession session, int gpu) throws InferenceException {
        try (OrtMemoryInfo memory = runtime.gpuMemoryInfo(gpu)) {
            return allocator(runtime, session, memory.address());
        }
    }

    /** Bytes that the arenas keep and nothing uses; 0 after {@link #close}. Takes some microseconds. */
    public long keptBytes() throws InferenceException {
        lock.lock();
        try {
            long bytes = 0;
            for (long allocator : closed ? List.<Long>of() : allocators) {
                Statistics statistics = statistics(allocator);
                bytes += statistics.total() - statistics.used();
            }
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that the arenas have, used or kept; 0 after {@link #close}. Takes some microseconds. */
    public long totalBytes() throws InferenceException {
        lock.lock();
        try {
            long bytes = 0;
            for (long allocator : closed ? List.<Long>of() : allocators) {
                bytes += statistics(allocator).total();
            }
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of the GPU's memory that its arena has, used or kept; 0 after {@link #close}. Takes some microseconds. */
    public long gpuBytes() throws InferenceException {
        lock.lock();
        try {
            return closed || !onGpu ? 0 : statistics(allocators.getLast()).total();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that an arena has, and those of them that are used. */
    private record Statistics(long total, long used) {}

    private Statistics statistics(long allocator) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            runtime.api().call(OrtFunction.ALLOCATOR_GET_STATS, allocator, out.address());
            long statistics = out.get(JAVA_LONG, 0);
            try {
                return new Statistics(number(arena, statistics, "TotalAllocated"), number(arena, statistics, "InUse"));
            } finally {
                runtime.api().release(OrtFunction.RELEASE_KEY_VALUE_PAIRS, statistics);
            }
        }
    }

    /** The value of that key, 0 where there is none: an allocator that is no arena keeps nothing. */
    private long number(Arena arena, long statistics, String key) {
        String value = OrtApi.text(runtime.api().keyValue(statistics, arena.allocateFrom(key).address()));
        return value.isEmpty() ? 0 : Long.parseLong(value);
    }

    /**
     * Gives back to the operating system what nothing uses; does nothing after {@link #close}.
     *
     * <p>ONNX Runtime does so at the end of a run only. So this is a run, with inputs as small as the model allows,
     * that ends before its first operator.
     */
    public void shrink() throws InferenceException {
        lock.lock();
        try (Arena arena = Arena.ofConfined()) {
            if (!closed) {
                shrink(arena);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void shrink(Arena arena) throws InferenceException {
        try {
            for (int i = 0; i < inputs.size(); i++) {
                give(arena, i, inputs.get(i));
            }
            call.output(0);
            call.run();
        } catch (InferenceException e) {
            if (!e.text().contains("terminate flag")) {
                throw e;
            }
        } finally {
            call.clear();
        }
    }

    /** An input that no operator sees: every open dimension is empty. */
    @GuardedBy("lock")
    private void give(Arena arena, int index, TensorSignature input) throws InferenceException {
        long[] dims = input.hasShape() ? input.shape().toArray() : new long[1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Math.max(0, dims[i]);
        }
        Shape shape = Shape.of(dims);
        DataType type = input.dataType();
        if (type == null) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "input '" + input.name() + "' cannot be made up");
        }
        if (type == DataType.BYTES) {
            call.emptyStrings(index, shape);
        } else {
            long bytes = shape.elementCount() * type.byteSize();
            call.input(index, shape, arena.allocate(Math.max(1, bytes), 64).asSlice(0, bytes));
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                call.close();
                allocators.forEach(allocator -> runtime.api().release(OrtFunction.RELEASE_ALLOCATOR, allocator));
            }
        } finally {
            lock.unlock();
        }
    }
}
