package io.nereid.backend.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * {@link Cuda} by CUDA's driver. It holds the primary context of every GPU that it was asked for until it is closed,
 * makes it current for each call and leaves the thread as it was.
 */
public final class DriverCuda implements Cuda, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DriverCuda.class);
    /** Pinned memory is of use to every GPU. */
    private static final int PORTABLE = 1;
    private static final int NON_BLOCKING = 1;
    private static final byte ZERO = 0;

    private final CudaLibrary.Function allocate;
    private final CudaLibrary.Function free;
    private final CudaLibrary.Function allocateHost;
    private final CudaLibrary.Function freeHost;
    private final CudaLibrary.Function streamCreate;
    private final CudaLibrary.Function streamDestroy;
    private final CudaLibrary.Function streamSynchronize;
    private final CudaLibrary.Function hostToDevice;
    private final CudaLibrary.Function deviceToHost;
    private final CudaLibrary.Function deviceToDevice;
    private final CudaLibrary.Function memset;
    private final CudaLibrary.Function memoryInfo;
    private final PrimaryContexts contexts;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<Integer, PrimaryContexts.Context> held = new HashMap<>();

    private DriverCuda(CudaLibrary driver) {
        contexts = new PrimaryContexts(driver);
        allocate = driver.function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        free = driver.function("cuMemFree_v2", JAVA_LONG);
        allocateHost = driver.function("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        freeHost = driver.function("cuMemFreeHost", ADDRESS);
        streamCreate = driver.function("cuStreamCreate", ADDRESS, JAVA_INT);
        streamDestroy = driver.function("cuStreamDestroy_v2", JAVA_LONG);
        streamSynchronize = driver.function("cuStreamSynchronize", JAVA_LONG);
        hostToDevice = driver.function("cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
        deviceToHost = driver.function("cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        deviceToDevice = driver.function("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        memset = driver.function("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
        memoryInfo = driver.function("cuMemGetInfo_v2", ADDRESS, ADDRESS);
    }

    /**
     * The driver of that name; absent where there is none, or it has nothing to drive, or lacks a function. Takes some
     * milliseconds.
     *
     * @param driver {@link CudaIpc#DRIVER}
     */
    public static Optional<DriverCuda> find(String driver) {
        try {
            return CudaLibrary.find(driver).filter(library -> library.function("cuInit", JAVA_INT).status(0) == 0)
                    .map(DriverCuda::new);
        } catch (NoSuchElementException e) {
            LOG.warn("{} is too old: {}", driver, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public long allocate(int device, long byteSize) throws CudaException {
        return make(device, allocate, byteSize);
    }

    @Override
    public void free(int device, long address) {
        giveBack("memory of GPU " + device, device, free, address);
    }

    @Override
    public MemorySegment allocatePinned(int device, long byteSize) throws CudaException {
        try (Arena arena = Arena.ofConfined(); PrimaryContexts.Current _ = use(device)) {
            MemorySegment out = arena.allocate(ADDRESS);
            allocateHost.call(out, byteSize, PORTABLE);
            return out.get(ADDRESS, 0).reinterpret(byteSize);
        }
    }

    @Override
    public void freePinned(int device, MemorySegment memory) {
        giveBack("pinned memory", device, freeHost, memory);
    }

    @Override
    public long createStream(int device) throws CudaException {
        return make(device, streamCreate, NON_BLOCKING);
    }

    @Override
    public void destroyStream(int device, long stream) {
        giveBack("a stream of GPU " + device, device, streamDestroy, stream);
    }

    @Override
    public void synchronize(int device, long stream) throws CudaException {
        try (PrimaryContexts.Current _ = use(device)) {
            streamSynchronize.call(stream);
        }
    }

    @Override
    public void copyToDevice(int device, long to, MemorySegment from, long stream) throws CudaException {
        try (PrimaryContexts.Current _ = use(device)) {
            hostToDevice.call(to, from, from.byteSize(), stream);
        }
    }

    @Override
    public void copyToHost(int device, MemorySegment to, long from, long stream) throws CudaException {
        try (PrimaryContexts.Current _ = use(device)) {
            deviceToHost.call(to, from, to.byteSize(), stream);
        }
    }

    @Override
    public void copyWithinDevice(int device, long to, long from, long byteSize, long stream) throws CudaException {
        try (PrimaryContexts.Current _ = use(device)) {
            deviceToDevice.call(to, from, byteSize, stream);
        }
    }

    @Override
    public void zero(int device, long at, long byteSize, long stream) throws CudaException {
        try (PrimaryContexts.Current _ = use(device)) {
            memset.call(at, ZERO, byteSize, stream);
        }
    }

    @Override
    public DeviceMemory memory(int device) throws CudaException {
        try (Arena arena = Arena.ofConfined(); PrimaryContexts.Current _ = use(device)) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            memoryInfo.call(free, total);
            return new DeviceMemory(free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0));
        }
    }

    /** What the function makes on the GPU: an address, a handle. */
    private long make(int device, CudaLibrary.Function function, Object argument) throws CudaException {
        try (Arena arena = Arena.ofConfined(); PrimaryContexts.Current _ = use(device)) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            function.call(out, argument);
            return out.get(JAVA_LONG, 0);
        }
    }

    private void giveBack(String what, int device, CudaLibrary.Function function, Object argument) {
        try (PrimaryContexts.Current _ = use(device)) {
            function.call(argument);
        } catch (CudaException e) {
            LOG.warn("{} could not be given back: {}", what, e.getMessage());
        }
    }

    private PrimaryContexts.Current use(int device) throws CudaException {
        return context(device).use();
    }

    private PrimaryContexts.Context context(int device) throws CudaException {
        lock.lock();
        try {
            PrimaryContexts.Context context = held.get(device);
            if (context == null) {
                context = contexts.retain(device);
                held.put(device, context);
            }
            return context;
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of the contexts; after everything was given back. */
    @Override
    public void close() {
        lock.lock();
        try {
            held.values().forEach(PrimaryContexts.Context::close);
            held.clear();
        } finally {
            lock.unlock();
        }
    }
}
