package io.nereid.server.sharedmemory;

import io.nereid.backend.device.CaptureLock;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.OutputTarget;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The regions that clients have registered, over all protocols; one name stands for one region, system or CUDA.
 * Conditions, codes and texts are Triton's (docs/compatibility.md).
 *
 * <p>Thread-safe, without locks. Offsets and sizes are unsigned, as the protocols have them. A POSIX object is never
 * mapped: a client can neither crash the server by truncating it nor change a tensor once it has been read.
 *
 * <p>A name is free as soon as its region is unregistered. What the region stands for stays open for the requests that
 * hold it, and is closed when the last of them lets go.
 */
public final class SharedMemory implements AutoCloseable {
    /** Each takes a file descriptor, and without them the server can accept no connection. */
    static final int MAX_REGIONS = 4096;
    private static final int MAX_NAME_LENGTH = 1024;

    private final boolean clientsAllowed;
    private final CudaMemories cuda;
    private final ConcurrentHashMap<String, Region> regions = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * No regions yet.
     *
     * @param clientsAllowed whether clients may register regions
     */
    public SharedMemory(boolean clientsAllowed) {
        this(clientsAllowed, new CaptureLock());
    }

    /**
     * No regions yet, where models may record CUDA graphs.
     *
     * @param captures that of all models
     */
    public SharedMemory(boolean clientsAllowed, CaptureLock captures) {
        this(clientsAllowed, new DriverCudaMemories(captures));
    }

    SharedMemory(boolean clientsAllowed, CudaMemories cuda) {
        this.clientsAllowed = clientsAllowed;
        this.cuda = cuda;
    }

    /**
     * Fails where clients may not register regions; registering and unregistering see to it themselves.
     *
     * @throws InferenceException UNSUPPORTED, with how to turn it on
     */
    public void checkClientsAllowed() throws InferenceException {
        if (!clientsAllowed) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "Client shared memory is disabled."
                    + " Start the server with '--allow-client-shm=true' to enable.");
        }
    }

    /**
     * Registers a part of a POSIX shared memory object. Takes some microseconds.
     *
     * @param key the object's name, with or without a slash in front
     * @throws InferenceException UNSUPPORTED if clients may not, ALREADY_EXISTS if the name is taken, INTERNAL if the
     *     object cannot be opened, INVALID_ARG if the key is none or the part is not within the object, UNAVAILABLE if
     *     there are too many regions
     */
    public void registerSystem(String name, String key, long offset, long byteSize) throws InferenceException {
        checkNew(name, "system");
        SystemRegion region = new SystemRegion(name, key, offset, byteSize);
        add(new Region(region, SystemMemory.open(region)));
    }

    /**
     * Registers memory of a GPU. The first of a process takes up to a second, so not for an event loop.
     *
     * @param rawHandle the 64 bytes that CUDA gave out for the memory
     * @throws InferenceException as with {@link #registerSystem}; INVALID_ARG where there is no GPU
     */
    public void registerCuda(String name, byte[] rawHandle, long deviceId, long byteSize) throws InferenceException {
        checkNew(name, "cuda");
        CudaRegion region = new CudaRegion(name, deviceId, byteSize);
        add(new Region(region, cuda.open(region, rawHandle)));
    }

    /**
     * Fails where a region of that name may not be registered whatever it is; registering sees to it itself.
     *
     * @param kind {@code system} or {@code cuda}
     * @throws InferenceException UNSUPPORTED if clients may not, INVALID_ARG if there is no name
     */
    public void checkNamed(String name, String kind) throws InferenceException {
        checkClientsAllowed();
        if (name.isEmpty()) {
            throw invalid("'region name' is necessary to register " + kind + " shared memory region");
        }
    }

    private void checkNew(String name, String kind) throws InferenceException {
        checkNamed(name, kind);
        if (name.length() > MAX_NAME_LENGTH) {
            throw invalid("name of shared memory region: got " + name.length() + " characters (expected at most "
                    + MAX_NAME_LENGTH + ")");
        }
        if (regions.containsKey(name)) {
            throw taken(name);
        }
        if (regions.size() >= MAX_REGIONS) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "too many shared memory regions: got "
                    + (MAX_REGIONS + 1) + " (expected at most " + MAX_REGIONS + "); unregister some first");
        }
    }

    /** Two threads may register the same name at once: the second one finds out here. */
    private void add(Region region) throws InferenceException {
        String name = region.registration().name();
        if (regions.putIfAbsent(name, region) != null) {
            region.release();
            throw taken(name);
        }
        if (closed) {
            remove(region); // close() may have gone through the regions before this one was there
        }
    }

    /**
     * Unregisters a system region; one that is not registered, or is of the other kind, is passed over.
     *
     * @param name which; empty for all
     * @throws InferenceException UNSUPPORTED if clients may not
     */
    public void unregisterSystem(String name) throws InferenceException {
        checkClientsAllowed();
        unregister(SystemRegion.class, name);
    }

    /** Unregisters a CUDA region; the rest is as with {@link #unregisterSystem}. May take a moment. */
    public void unregisterCuda(String name) throws InferenceException {
        checkClientsAllowed();
        unregister(CudaRegion.class, name);
    }

    private void unregister(Class<? extends Registration> kind, String name) {
        if (name.isEmpty()) {
            removeAll(kind);
            return;
        }
        Region region = regions.get(name);
        if (region != null && kind.isInstance(region.registration())) {
            remove(region);
        }
    }

    private void removeAll(Class<? extends Registration> kind) {
        for (Region region : regions.values()) {
            if (kind.isInstance(region.registration())) {
                remove(region);
            }
        }
    }

    /** Of those who take away the same region at once, one gives it back. */
    private void remove(Region region) {
        if (regions.remove(region.registration().name(), region)) {
            region.release();
        }
    }

    /**
     * The registered system regions by name.
     *
     * @param name which; empty for all
     * @throws InferenceException NOT_FOUND if there is none of that name and kind
     */
    public List<SystemRegion> system(String name) throws InferenceException {
        return registered(SystemRegion.class, "system", name);
    }

    /** The registered CUDA regions; the rest is as with {@link #system}. */
    public List<CudaRegion> cuda(String name) throws InferenceException {
        return registered(CudaRegion.class, "CUDA", name);
    }

    private <T extends Registration> List<T> registered(Class<T> kind, String kindName, String name)
            throws InferenceException {
        if (name.isEmpty()) {
            return registered(kind);
        }
        Region region = regions.get(name);
        if (region == null) {
            throw notFound("Unable to find " + kindName.toLowerCase(Locale.ROOT) + " shared memory region: '" + name
                    + "'");
        }
        return switch (region.registration()) {
            case Registration found when kind.isInstance(found) -> List.of(kind.cast(found));
            case SystemRegion _ -> throw notFound("The region named '" + name
                    + "' is registered as system shared memory, not " + kindName + " shared memory");
            case CudaRegion _ -> throw notFound("The region named '" + name
                    + "' is registered as CUDA shared memory, not " + kindName + " shared memory");
        };
    }

    private <T extends Registration> List<T> registered(Class<T> kind) {
        List<T> all = new ArrayList<>();
        for (Region region : regions.values()) {
            if (kind.isInstance(region.registration())) {
                all.add(kind.cast(region.registration()));
            }
        }
        all.sort(Comparator.comparing(Registration::name));
        return all;
    }

    /**
     * What is in a region, in a buffer that the caller releases: the region itself where the model reads such memory,
     * which holds the region as long as the buffer, else a copy in the memory that requests to the model are read into.
     * A copy takes its time: not for an event loop if it is long.
     *
     * @param offset where in the region it begins
     * @param byteSize how long it is; may be 0
     * @param inputs where the model wants it
     * @throws InferenceException NOT_FOUND if there is no such region, INVALID_ARG if it is not within it or the region
     *     has shrunk, UNAVAILABLE if there is no memory for it
     */
    public TensorBuffer read(String region, long offset, long byteSize, InputMemory inputs) throws InferenceException {
        Region held = hold(region);
        boolean passedOn = false;
        try {
            held.checkWithin(offset, byteSize);
            TensorData data = held.memory().data();
            if (data != null && inputs.takes(data.kind(), data.device())) {
                TensorBuffer buffer = new TensorBuffer(data.slice(offset, byteSize), held);
                passedOn = true;
                return buffer;
            }
            return copy(held, offset, byteSize, inputs.allocator());
        } finally {
            if (!passedOn) {
                held.release();
            }
        }
    }

    /**
     * How many bytes {@link #read} copies, no promise that there are so many: none where the model reads the region as it
     * is, more than any where a GPU copies, for which an event loop does not wait.
     */
    public long bytesToCopy(String region, long byteSize, InputMemory inputs) {
        Region named = regions.get(region);
        TensorData data = named == null ? null : named.memory().data();
        if (data == null) {
            return byteSize < 0 ? Long.MAX_VALUE : byteSize;
        }
        return inputs.takes(data.kind(), data.device()) ? 0 : Long.MAX_VALUE;
    }

    /** The one place where an input is copied out of a client's memory, be it a POSIX object's or a GPU's. */
    private static TensorBuffer copy(Region region, long offset, long byteSize, TensorAllocator allocator)
            throws InferenceException {
        TensorBuffer buffer = allocator.allocate(byteSize);
        try {
            region.memory().read(offset, buffer.segment());
            return buffer;
        } catch (InferenceException | RuntimeException | Error e) {
            buffer.release();
            throw e;
        }
    }

    /**
     * A place in a region for an output, which holds the region until it is released. Nothing is copied yet.
     *
     * @param offset where in the region it begins
     * @param byteSize how long it is
     * @throws InferenceException NOT_FOUND if there is no such region, INVALID_ARG if it is not within it or the region
     *     can only be read
     */
    public OutputTarget target(String region, long offset, long byteSize) throws InferenceException {
        Region held = hold(region);
        try {
            held.checkWithin(offset, byteSize);
            if (!held.memory().writable()) {
                throw invalid("shared memory region '" + region
                        + "' is read-only and can take no output: let the server's user write to its object");
            }
            return new RegionTarget(held, offset, byteSize);
        } catch (InferenceException e) {
            held.release();
            throw e;
        }
    }

    /** The region of that name, held. One that is closed just now is as good as not there, or its successor is. */
    private Region hold(String name) throws InferenceException {
        for (@Nullable
        Region region = regions.get(name); region != null; region = regions.get(name)) {
            if (region.tryRetain()) {
                return region;
            }
        }
        throw notFound("Unable to find shared memory region: '" + name + "'");
    }

    /** Unregisters all; what requests hold stays open until they let go. Nothing can be registered any more. */
    @Override
    public void close() {
        closed = true;
        removeAll(Registration.class);
    }

    private static InferenceException taken(String name) {
        return new InferenceException(ErrorCode.ALREADY_EXISTS,
                "shared memory region '" + name + "' already in manager");
    }

    private static InferenceException notFound(String text) {
        return new InferenceException(ErrorCode.NOT_FOUND, text);
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
