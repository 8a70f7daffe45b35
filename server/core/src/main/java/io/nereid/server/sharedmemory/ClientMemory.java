package io.nereid.server.sharedmemory;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * Memory of a client's that this process has opened, from the beginning of the region on. Callers stay within the
 * region. Thread-safe, but for {@link #close}, after which nobody uses it.
 */
interface ClientMemory {
    /** Whether outputs can be put there. */
    boolean writable();

    /** The whole of it, where it is memory that a model may read in place; null where it has to be copied. */
    @Nullable
    TensorData data();

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
