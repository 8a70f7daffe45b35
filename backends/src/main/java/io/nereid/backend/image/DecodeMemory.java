package io.nereid.backend.image;

import java.util.concurrent.Semaphore;

/**
 * How much memory the images may take that are being decoded at one time, whatever model they are for: their pixels,
 * and what decoders hold besides. An image is charged before anything is allocated for it, and waits for others where
 * there is not enough left. Thread-safe.
 */
final class DecodeMemory {
    private static final int UNIT_BYTES = 4096;

    private final long maxBytes;
    private final Semaphore free;

    DecodeMemory(long maxBytes) {
        this.maxBytes = maxBytes;
        this.free = new Semaphore(units(maxBytes), true);
    }

    private static int units(long bytes) {
        return Math.toIntExact((bytes + UNIT_BYTES - 1) / UNIT_BYTES);
    }

    /** The most that one image may take. */
    long maxBytes() {
        return maxBytes;
    }

    /** Takes so many bytes, at most {@link #maxBytes}; waits until they are there. */
    void take(long bytes) {
        free.acquireUninterruptibly(units(bytes));
    }

    /** Gives back what {@link #take} took. */
    void giveBack(long bytes) {
        free.release(units(bytes));
    }
}
