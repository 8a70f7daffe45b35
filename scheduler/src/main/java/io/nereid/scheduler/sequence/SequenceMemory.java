package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the open sequences of all models of a server take of the heap. They outlive the requests that began them, and no
 * client has to end one: so this is what keeps a client from filling the heap with them. Thread-safe.
 */
public final class SequenceMemory {
    /** Of one without its id: the objects that know it. */
    private static final long BYTES_WITHOUT_ID = 512;

    private final long maxBytes;
    private final AtomicLong heldBytes = new AtomicLong();

    /** @param maxBytes how much they may take together, about: each model may pass it by one sequence */
    public SequenceMemory(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What a sequence of that id takes at most. */
    static long bytes(CorrelationId id) {
        return BYTES_WITHOUT_ID + (id instanceof CorrelationId.TextId(String text) ? 2L * text.length() : 0);
    }

    boolean hasRoomFor(CorrelationId id) {
        return bytes(id) <= maxBytes - heldBytes.get();
    }

    void hold(long bytes) {
        heldBytes.addAndGet(bytes);
    }

    void release(long bytes) {
        heldBytes.addAndGet(-bytes);
    }

    /** What they take now. */
    long heldBytes() {
        return heldBytes.get();
    }

    long maxBytes() {
        return maxBytes;
    }
}
