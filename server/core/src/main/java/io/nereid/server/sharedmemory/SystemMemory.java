package io.nereid.server.sharedmemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;
import io.nereid.server.sharedmemory.posix.PosixException;
import io.nereid.server.sharedmemory.posix.SharedMemoryObject;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * A part of a POSIX shared memory object, which is read and written and never mapped. Its owner may truncate the object
 * at any time, which fails the requests that come after it and nothing else.
 */
final class SystemMemory implements ClientMemory {
    private final SystemRegion region;
    private final SharedMemoryObject object;

    private SystemMemory(SystemRegion region, SharedMemoryObject object) {
        this.region = region;
        this.object = object;
    }

    /**
     * Opens what a client registers.
     *
     * @throws InferenceException INVALID_ARG if the key is reserved or the region is not within the object, INTERNAL if
     *     there is no such object or it cannot be opened
     */
    static SystemMemory open(SystemRegion region) throws InferenceException {
        String name = SystemKey.objectName(region);
        SharedMemoryObject object;
        try {
            object = SharedMemoryObject.open(name);
        } catch (PosixException e) {
            throw cannotOpen(region, e);
        }
        try {
            checkWithin(region, object.byteSize());
            return new SystemMemory(region, object);
        } catch (PosixException e) {
            object.close();
            throw cannotOpen(region, e);
        } catch (InferenceException | RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    private static InferenceException cannotOpen(SystemRegion region, PosixException e) {
        return new InferenceException(ErrorCode.INTERNAL,
                "Unable to open shared memory region: '" + region.key() + "' (" + e.reason() + ")");
    }

    private static void checkWithin(SystemRegion region, long objectSize) throws InferenceException {
        long offset = region.offset();
        long size = region.byteSize();
        if (offset < 0 || size <= 0 || offset > objectSize || size > objectSize - offset) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "failed to register shared memory region '"
                    + region.name() + "': invalid args (got offset " + Long.toUnsignedString(offset) + " and byte_size "
                    + Long.toUnsignedString(size) + ", expected at least one byte within the " + objectSize
                    + " bytes of '" + region.key() + "')");
        }
    }

    @Override
    public boolean writable() {
        return object.writable();
    }

    @Override
    public @Nullable TensorData data() {
        return null; // a mapping of memory that its owner truncates ends the process that reads it
    }

    @Override
    public void read(long offset, MemorySegment into) throws InferenceException {
        try {
            long read = object.read(region.offset() + offset, into);
            if (read < into.byteSize()) {
                throw shrunk(offset, into.byteSize(), read);
            }
        } catch (PosixException e) {
            throw failed("read", e);
        }
    }

    /**
     * The size is looked at first: writing past the end would give the object back the bytes that its owner took away.
     */
    @Override
    public void write(long offset, MemorySegment from) throws InferenceException {
        try {
            long left = object.byteSize() - region.offset() - offset;
            if (left < from.byteSize()) {
                throw shrunk(offset, from.byteSize(), Math.max(0, left));
            }
            long written = object.write(region.offset() + offset, from);
            if (written < from.byteSize()) {
                throw shrunk(offset, from.byteSize(), written);
            }
        } catch (PosixException e) {
            throw failed("written", e);
        }
    }

    private InferenceException shrunk(long offset, long expected, long got) {
        return new InferenceException(ErrorCode.INVALID_ARG, "shared memory region '" + region.name()
                + "' has shrunk: got " + got + " bytes at offset " + offset + " (expected " + expected
                + "); its owner must not truncate '" + region.key() + "' while it is registered");
    }

    private InferenceException failed(String what, PosixException e) {
        return new InferenceException(ErrorCode.INTERNAL,
                "shared memory region '" + region.name() + "' could not be " + what + " (" + e.reason() + ")");
    }

    @Override
    public void close() {
        object.close();
    }
}
