package io.nereid.server.sharedmemory;

import io.nereid.inference.InferenceException;

import java.lang.foreign.MemorySegment;

/**
 * Memory of a client's that this process has opened, from the beginning of the region on. Callers stay within the region.
 * Thread-safe, but for {@link #close}, after which nobody uses it.
 */
interface ClientMemory {
    /** Whether outputs can be put there. */
    boolean writable();

    /**
     * Fills {@code into} with what lies at {@code offset}.
     *
     * @throws InferenceException INVALID_ARG if its owner has taken it away, INTERNAL if it cannot be read
     */
    void read(long offset, MemorySegment into) throws InferenceException;

    /**
     * Copies {@code from} to {@code offset}.
     *
     * @throws InferenceException INVALID_ARG if its owner has taken it away, INTERNAL if it cannot be written
     */
    void write(long offset, MemorySegment from) throws InferenceException;

    /** Gives it back. */
    void close();
}
