package io.nereid.backend.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * CUDA without a GPU: the memory of its devices is the host's, so that ONNX Runtime's CPU kernels can read it. It
 * checks every call: what is used lies in memory that is held, on the right device, in a stream that is there; nothing
 * is given back twice or while a stream may still use it; nobody changes what is on its way to a device. What goes to
 * the host arrives when the stream is waited for, and not before. Like the driver it is thread-safe.
 *
 * <p>{@link #events} has what was asked for, in order; {@link #close} fails if something was not given back.
 */
public final class StandInCuda implements Cuda, AutoCloseable {
    private static final String ERROR = "CUDA_ERROR_OUT_OF_MEMORY";
    private static final byte UNWRITTEN = (byte) 0xcd;

    private final Arena arena = Arena.ofShared();
    private final List<TreeMap<Long, MemorySegment>> devices = new ArrayList<>();
    private final TreeMap<Long, MemorySegment> pinned = new TreeMap<>();
    private final Map<Long, Stream> streams = new HashMap<>();
    private final List<String> events = new ArrayList<>();
    private final long bytesPerDevice;
    private long nextStream = 0x5000;
    private long pinnableBytes = Long.MAX_VALUE;
    private boolean copiesFail;

    /** So many GPUs of so much memory. */
    public StandInCuda(int count, long bytesPerDevice) {
        this.bytesPerDevice = bytesPerDevice;
        for (int i = 0; i < count; i++) {
            devices.add(new TreeMap<>());
        }
    }

    /** What a stream has not been waited for. */
    private static final class Stream {
        private final int device;
        private final List<Runnable> atSynchronize = new ArrayList<>();

        Stream(int device) {
            this.device = device;
        }
    }

    /** From now on no more than so many bytes can be pinned at once. */
    public synchronized void limitPinned(long bytes) {
        pinnableBytes = bytes;
    }

    /** Whether copies fail from now on. */
    public synchronized void failCopies(boolean fail) {
        copiesFail = fail;
    }

    /** What was asked for since the last time, each a word and the number of bytes. */
    public synchronized List<String> events() {
        List<String> seen = List.copyOf(events);
        events.clear();
        return seen;
    }

    /** Bytes of a device that are held. */
    public synchronized long held(int device) {
        return devices.get(device).values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    /** Bytes that are pinned. */
    public synchronized long pinned() {
        return pinned.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    /** Streams that there are. */
    public synchronized int streams() {
        return streams.size();
    }

    @Override
    public synchronized long allocate(int device, long byteSize) throws CudaException {
        require(byteSize > 0, "allocates " + byteSize + " bytes");
        if (byteSize > bytesPerDevice - held(device)) {
            events.add("refuse " + byteSize);
            throw new CudaException("cuMemAlloc_v2", CudaException.OUT_OF_MEMORY, ERROR);
        }
        MemorySegment memory = arena.allocate(byteSize, 256).fill(UNWRITTEN);
        devices.get(device).put(memory.address(), memory);
        events.add("allocate " + byteSize);
        return memory.address();
    }

    @Override
    public synchronized void free(int device, long address) {
        requireNothingPending(device);
        MemorySegment memory = devices.get(device).remove(address);
        if (memory == null) {
            throw new AssertionError("device " + device + " frees what is not held: " + address);
        }
        memory.fill(UNWRITTEN);
        events.add("free " + memory.byteSize());
    }

    @Override
    public synchronized MemorySegment allocatePinned(int device, long byteSize) throws CudaException {
        require(device >= 0 && device < devices.size(), "no such device: " + device);
        if (byteSize > pinnableBytes - pinned()) {
            throw new CudaException("cuMemHostAlloc", CudaException.OUT_OF_MEMORY, ERROR);
        }
        MemorySegment memory = arena.allocate(byteSize, 4096).fill(UNWRITTEN);
        pinned.put(memory.address(), memory);
        events.add("pin " + byteSize);
        return memory;
    }

    @Override
    public synchronized void freePinned(int device, MemorySegment memory) {
        requireNothingPending(device);
        require(memory.equals(pinned.remove(memory.address())), "unpins what is not pinned: " + memory);
        events.add("unpin " + memory.byteSize());
    }

    @Override
    public synchronized long createStream(int device) {
        require(device >= 0 && device < devices.size(), "no such device: " + device);
        nextStream += 16;
        streams.put(nextStream, new Stream(device));
        return nextStream;
    }

    @Override
    public synchronized void destroyStream(int device, long stream) {
        require(stream(device, stream).atSynchronize.isEmpty(), "destroys a stream in which something is going on");
        streams.remove(stream);
    }

    @Override
    public synchronized void synchronize(int device, long stream) {
        Stream waitedFor = stream(device, stream);
        List<Runnable> left = List.copyOf(waitedFor.atSynchronize);
        waitedFor.atSynchronize.clear();
        left.forEach(Runnable::run);
        events.add("synchronize");
    }

    @Override
    public synchronized void copyToDevice(int device, long to, MemorySegment from, long stream) throws CudaException {
        MemorySegment target = held(device, to, from.byteSize());
        failIfAsked("cuMemcpyHtoDAsync_v2");
        target.copyFrom(from);
        byte[] then = from.toArray(ValueLayout.JAVA_BYTE);
        stream(device, stream).atSynchronize.add(() -> require(
                from.mismatch(MemorySegment.ofArray(then)) < 0, "memory changed while it was copied to a device"));
        events.add("toDevice " + from.byteSize());
    }

    @Override
    public synchronized void copyToHost(int device, MemorySegment to, long from, long stream) throws CudaException {
        MemorySegment source = held(device, from, to.byteSize());
        failIfAsked("cuMemcpyDtoHAsync_v2");
        stream(device, stream).atSynchronize.add(() -> to.copyFrom(source));
        events.add("toHost " + to.byteSize());
    }

    @Override
    public synchronized void copyWithinDevice(int device, long to, long from, long byteSize, long stream) {
        stream(device, stream);
        held(device, to, byteSize).copyFrom(held(device, from, byteSize));
        events.add("within " + byteSize);
    }

    @Override
    public synchronized void zero(int device, long at, long byteSize, long stream) {
        stream(device, stream);
        held(device, at, byteSize).fill((byte) 0);
        events.add("zero " + byteSize);
    }

    @Override
    public synchronized DeviceMemory memory(int device) {
        return new DeviceMemory(bytesPerDevice - held(device), bytesPerDevice);
    }

    private MemorySegment held(int device, long address, long byteSize) {
        Map.Entry<Long, MemorySegment> entry = devices.get(device).floorEntry(address);
        if (entry == null || address + byteSize > entry.getKey() + entry.getValue().byteSize()) {
            throw new AssertionError("device " + device + " uses " + byteSize + " bytes that are not held");
        }
        return entry.getValue().asSlice(address - entry.getKey(), byteSize);
    }

    private Stream stream(int device, long address) {
        Stream stream = streams.get(address);
        if (stream == null || stream.device != device) {
            throw new AssertionError("device " + device + " has no stream " + address);
        }
        return stream;
    }

    private void failIfAsked(String function) throws CudaException {
        if (copiesFail) {
            throw new CudaException(function, 700, "CUDA_ERROR_ILLEGAL_ADDRESS");
        }
    }

    private void requireNothingPending(int device) {
        for (Stream stream : streams.values()) {
            require(stream.device != device || stream.atSynchronize.isEmpty(),
                    "gives memory back while a stream may use it");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Fails if something is still held. */
    @Override
    public synchronized void close() {
        for (TreeMap<Long, MemorySegment> memory : devices) {
            require(memory.isEmpty(), memory.size() + " pieces of device memory were not given back");
        }
        require(pinned.isEmpty(), pinned.size() + " pieces of pinned memory were not given back");
        require(streams.isEmpty(), streams.size() + " streams were not given back");
        arena.close();
    }
}
