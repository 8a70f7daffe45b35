package io.nereid.server.ledger;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many bytes of payload have moved in the last moments: a ring of counts, each for an eighth of the window. One
 * thread writes, any reads, without a lock: a count and the number of its eighth are one word.
 */
final class PayloadWindow {
    private static final int PARTS = 8;
    /** The eighth that has just begun, and all that a window behind it touches. */
    private static final int WORDS = PARTS + 1;
    private static final int BYTE_BITS = 44;
    private static final long BYTE_MASK = (1L << BYTE_BITS) - 1;
    private static final long NUMBER_MASK = (1L << (Long.SIZE - BYTE_BITS)) - 1;

    private final long partNanos;
    private final AtomicLongArray words = new AtomicLongArray(WORDS);

    PayloadWindow(Duration window) {
        this.partNanos = Math.max(1, window.toNanos() / PARTS);
    }

    /** Says that {@code bytes} bytes have moved. On the one thread that writes. */
    void moved(long bytes, long nowNanos) {
        long part = Math.floorDiv(nowNanos, partNanos);
        int index = (int) Math.floorMod(part, (long) WORDS);
        long word = words.getPlain(index);
        long before = number(word) == (part & NUMBER_MASK) ? word & BYTE_MASK : 0;
        words.setRelease(index, (part & NUMBER_MASK) << BYTE_BITS | Math.min(before + bytes, BYTE_MASK));
    }

    /** Bytes that have moved in the window that ends now, or up to an eighth before it. */
    long bytes(long nowNanos) {
        long part = Math.floorDiv(nowNanos, partNanos);
        long sum = 0;
        for (int i = 0; i < WORDS; i++) {
            long word = words.getAcquire(i);
            if (((part - number(word)) & NUMBER_MASK) < WORDS) {
                sum += word & BYTE_MASK;
            }
        }
        return sum;
    }

    private static long number(long word) {
        return word >>> BYTE_BITS;
    }
}
