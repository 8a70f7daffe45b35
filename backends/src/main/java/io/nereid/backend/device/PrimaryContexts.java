package io.nereid.backend.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * The primary contexts of the GPUs, which ONNX Runtime uses too: the driver makes one for each GPU and counts who holds
 * it. Thread-safe.
 */
final class PrimaryContexts {
    private final CudaLibrary.Function deviceGet;
    private final CudaLibrary.Function retain;
    private final CudaLibrary.Function release;
    private final CudaLibrary.Function push;
    private final CudaLibrary.Function pop;

    PrimaryContexts(CudaLibrary driver) {
        deviceGet = driver.function("cuDeviceGet", ADDRESS, JAVA_INT);
        retain = driver.function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        release = driver.function("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
        push = driver.function("cuCtxPushCurrent_v2", ADDRESS);
        pop = driver.function("cuCtxPopCurrent_v2", ADDRESS);
    }

    /** That of a GPU, held until it is closed. Takes up to a second where nothing uses the GPU yet. */
    Context retain(int device) throws CudaException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            deviceGet.call(out, device);
            int handle = out.get(JAVA_INT, 0);
            retain.call(out, handle);
            return new Context(handle, out.get(ADDRESS, 0));
        }
    }

    /** The primary context of one GPU. */
    final class Context implements AutoCloseable {
        private final int device;
        private final MemorySegment context;

        private Context(int device, MemorySegment context) {
            this.device = device;
            this.context = context;
        }

        /** Makes it the thread's current one until that is closed, which leaves the thread as it was. */
        Current use() throws CudaException {
            push.call(context);
            return new Current();
        }

        @Override
        public void close() {
            int _ = release.status(device);
        }
    }

    /** A context that is the thread's current one until it is closed. */
    final class Current implements AutoCloseable {
        private Current() {}

        @Override
        public void close() {
            try (Arena arena = Arena.ofConfined()) {
                int _ = pop.status(arena.allocate(ADDRESS));
            }
        }
    }
}
