package io.nereid.backend.device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Opens GPU memory that other processes share, by CUDA's driver. Thread-safe. Every call makes the GPU's primary
 * context current, which ONNX Runtime uses too, and leaves the thread as it was; and waits while a CUDA graph is
 * recorded.
 */
public final class CudaIpc {
    /** The name by which the system's loader finds the driver. */
    public static final String DRIVER = "libcuda.so.1";
    /** How long a handle is. */
    public static final int HANDLE_BYTES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(CudaIpc.class);
    /** CUipcMemHandle, which is passed by value. */
    private static final MemoryLayout HANDLE = MemoryLayout
            .structLayout(MemoryLayout.sequenceLayout(HANDLE_BYTES, JAVA_BYTE));
    private static final int LAZY_ENABLE_PEER_ACCESS = 1;
    private static final MemorySegment DEFAULT_STREAM = MemorySegment.NULL;

    private final PrimaryContexts contexts;
    private final Lock use;
    private final CudaLibrary.Function handleOpen;
    private final CudaLibrary.Function handleClose;
    private final CudaLibrary.Function addressRange;
    private final CudaLibrary.Function copyToHost;
    private final CudaLibrary.Function copyToDevice;
    private final CudaLibrary.Function synchronize;

    private CudaIpc(CudaLibrary library, CaptureLock captures) {
        use = captures.use();
        contexts = new PrimaryContexts(library);
        handleOpen = library.function("cuIpcOpenMemHandle_v2", ADDRESS, HANDLE, JAVA_INT);
        handleClose = library.function("cuIpcCloseMemHandle", JAVA_LONG);
        addressRange = library.function("cuMemGetAddressRange_v2", ADDRESS, ADDRESS, JAVA_LONG);
        copyToHost = library.function("cuMemcpyDtoH_v2", ADDRESS, JAVA_LONG, JAVA_LONG);
        copyToDevice = library.function("cuMemcpyHtoD_v2", JAVA_LONG, ADDRESS, JAVA_LONG);
        synchronize = library.function("cuStreamSynchronize", ADDRESS);
    }

    /**
     * The driver of that name; absent where there is none, or it has nothing to drive. Takes a moment.
     *
     * @param driver {@link #DRIVER}
     * @param captures that of all models
     */
    public static Optional<CudaIpc> find(String driver, CaptureLock captures) {
        try {
            return CudaLibrary.find(driver).filter(library -> library.function("cuInit", JAVA_INT).status(0) == 0)
                    .map(library -> new CudaIpc(library, captures));
        } catch (NoSuchElementException e) {
            LOG.warn("{} is too old: {}", driver, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Opens memory of another process. Where nothing in this process uses the GPU yet it takes up to a second. Not for
     * an event loop.
     *
     * @param handle the {@value #HANDLE_BYTES} bytes that the other process was given for its memory
     * @param device the GPU's number
     * @throws CudaException if there is no such GPU, or the handle stands for no memory on it
     */
    public Memory open(byte[] handle, int device) throws CudaException {
        if (handle.length != HANDLE_BYTES) {
            throw new IllegalArgumentException(
                    "handle: got " + handle.length + " bytes (expected " + HANDLE_BYTES + ")");
        }
        use.lock();
        try {
            return openUnrecorded(handle, device);
        } finally {
            use.unlock();
        }
    }

    private Memory openUnrecorded(byte[] handle, int device) throws CudaException {
        PrimaryContexts.Context context = contexts.retain(device);
        try (Arena arena = Arena.ofConfined()) {
            return open(arena.allocateFrom(JAVA_BYTE, handle), context, arena.allocate(JAVA_LONG, 2));
        } catch (CudaException | RuntimeException | Error e) {
            context.close();
            throw e;
        }
    }

    private Memory open(MemorySegment handle, PrimaryContexts.Context context, MemorySegment out)
            throws CudaException {
        try (PrimaryContexts.Current _ = context.use()) {
            handleOpen.call(out, handle, LAZY_ENABLE_PEER_ACCESS);
            long address = out.get(JAVA_LONG, 0);
            try {
                MemorySegment size = out.asSlice(JAVA_LONG.byteSize());
                addressRange.call(out, size, address);
                long end = out.get(JAVA_LONG, 0) + size.get(JAVA_LONG, 0);
                return new Memory(context, address, end - address);
            } catch (CudaException | RuntimeException | Error e) {
                int _ = handleClose.status(address);
                throw e;
            }
        }
    }

    /** Memory of another process, open in this one. Thread-safe, but for {@link #close}, after which nobody uses it. */
    public final class Memory implements AutoCloseable {
        private final PrimaryContexts.Context context;
        private final long address;
        private final long byteSize;

        private Memory(PrimaryContexts.Context context, long address, long byteSize) {
            this.context = context;
            this.address = address;
            this.byteSize = byteSize;
        }

        /** Where it begins on its GPU. */
        public long address() {
            return address;
        }

        /** How long it is. */
        public long byteSize() {
            return byteSize;
        }

        /** Fills native memory with what lies at {@code offset}; returns when it is there. Not for an event loop. */
        public void read(long offset, MemorySegment into) throws CudaException {
            checkWithin(offset, into);
            use.lock();
            try (PrimaryContexts.Current _ = context.use()) {
                copyToHost.call(into, address + offset, into.byteSize());
            } finally {
                use.unlock();
            }
        }

        /**
         * Copies native memory to {@code offset}; returns when it is there, for other processes too. Not for an event
         * loop.
         */
        public void write(long offset, MemorySegment from) throws CudaException {
            checkWithin(offset, from);
            use.lock();
            try (PrimaryContexts.Current _ = context.use()) {
                copyToDevice.call(address + offset, from, from.byteSize());
                synchronize.call(DEFAULT_STREAM); // the copy may return when the bytes are on their way
            } finally {
                use.unlock();
            }
        }

        private void checkWithin(long offset, MemorySegment data) {
            if (offset < 0 || offset > byteSize || data.byteSize() > byteSize - offset) {
                throw new IndexOutOfBoundsException("got " + data.byteSize() + " bytes at offset " + offset
                        + " (expected them within " + byteSize + ")");
            }
        }

        /** Gives the memory back, at once or, while a CUDA graph is recorded, after that: event loops may call it. */
        @Override
        public void close() {
            if (use.tryLock()) {
                giveBackAndUnlock();
            } else {
                Thread _ = Thread.ofVirtual().name("cuda-region").start(() -> {
                    use.lock();
                    giveBackAndUnlock();
                });
            }
        }

        private void giveBackAndUnlock() {
            try {
                giveBack();
            } finally {
                use.unlock();
            }
        }

        private void giveBack() {
            try (PrimaryContexts.Current _ = context.use()) {
                handleClose.call(address);
            } catch (CudaException e) {
                LOG.warn("GPU memory of another process could not be closed: {}", e.getMessage());
            }
            context.close();
        }
    }
}
