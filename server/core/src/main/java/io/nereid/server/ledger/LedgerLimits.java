package io.nereid.server.ledger;

/**
 * The totals over all clients, and what a client must do to keep what it holds.
 *
 * @param nativeBytes bytes of native memory
 * @param heapBytes bytes of the Java heap
 * @param requests inference requests in flight
 * @param minBytesPerSecond payload that must move for a client, in or out, while the server waits for it; below that
 *             rate it is ended when a total is short
 */
public record LedgerLimits(long nativeBytes, long heapBytes, long requests, long minBytesPerSecond) {
    /** 64 KiB/s: half a megabit, less than any network that a model server is used over. */
    public static final long DEFAULT_MIN_BYTES_PER_SECOND = 64 << 10;

    public LedgerLimits {
        positive("nativeBytes", nativeBytes);
        positive("heapBytes", heapBytes);
        positive("requests", requests);
        if (minBytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "minBytesPerSecond: got " + minBytesPerSecond + " (expected 0 or more)");
        }
    }

    private static void positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": got " + value + " (expected 1 or more)");
        }
    }

    /** The total of one resource, in its unit. */
    public long of(Resource resource) {
        return switch (resource) {
            case NATIVE -> nativeBytes;
            case HEAP -> heapBytes;
            case REQUESTS -> requests;
        };
    }
}
