package io.nereid.server.sharedmemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.References;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A registered region. The registry holds it once, and everybody who uses it once more; the last one who gives it back
 * closes its memory. Thread-safe.
 */
final class Region implements Lease {
    private final Registration registration;
    private final ClientMemory memory;
    /** Never rises from 0 again: what is closed cannot be had back. */
    private final AtomicInteger holders = new AtomicInteger(1);

    Region(Registration registration, ClientMemory memory) {
        this.registration = registration;
        this.memory = memory;
    }

    Registration registration() {
        return registration;
    }

    ClientMemory memory() {
        return memory;
    }

    /** Holds it for one more; false if it is closed. */
    boolean tryRetain() {
        return References.tryRetain(holders, 1);
    }

    @Override
    public void release() {
        if (References.release(holders)) {
            memory.close();
        }
    }

    /**
     * Fails unless so many bytes from {@code offset} on lie in the region; both are unsigned.
     *
     * @throws InferenceException INVALID_ARG
     */
    void checkWithin(long offset, long byteSize) throws InferenceException {
        long size = registration.byteSize();
        String name = registration.name();
        if (Long.compareUnsigned(offset, size) > 0 || (offset == size && byteSize != 0)) {
            throw invalid("Invalid offset for shared memory region: '" + name + "'");
        }
        if (Long.compareUnsigned(byteSize, -1 - offset) > 0) {
            throw invalid("Integer overflow detected: byte_size (" + Long.toUnsignedString(byteSize) + ") + offset ("
                    + offset + ") exceeds maximum value (" + Long.toUnsignedString(-1) + ") for region '" + name + "'");
        }
        if (Long.compareUnsigned(byteSize, size - offset) > 0) {
            throw invalid("Invalid offset + byte size for shared memory region: '" + name + "'");
        }
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
