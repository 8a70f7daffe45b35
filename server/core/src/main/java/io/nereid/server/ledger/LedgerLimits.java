package io.nereid.server.ledger;

import io.nereid.server.config.Require;

/**
 * What all clients together may take of the server; more is refused with 503 and {@code Retry-After}, or ends a
 * client that is slower than the minimum rate (docs/operations.md).
 *
 * @param maxBytes native memory: bodies, messages, tensors and responses
 * @param maxHeapBytes heap: heads, parameters, and what each connection and request takes by itself
 * @param maxRequests inference requests in flight: admitted, and not yet answered
 * @param minClientBytesPerSecond payload that a client must send, or take of its responses, while the server waits for
 *             it; below that rate it is ended when a total is short
 */
public record LedgerLimits(long maxBytes, long maxHeapBytes, int maxRequests, long minClientBytesPerSecond) {
    /**
     * Bytes: see {@link ProcessMemory}. 16,384 requests: each takes some 5 KB of heap beside its tensors, so this many
     * take less than 100 MB; and more than that many wait longer than clients do. 64 KiB/s: half a megabit, less than
     * any network gives that a model server is used over.
     */
    public static final LedgerLimits DEFAULT = new LedgerLimits(ProcessMemory.OF_THIS_PROCESS.forClients(),
            ProcessMemory.OF_THIS_PROCESS.heapForClients(), 16_384, 64 << 10);

    public LedgerLimits {
        Require.that(maxBytes >= 1, "maxBytes: got %d (expected 1 or more)", maxBytes);
        Require.that(maxHeapBytes >= 1, "maxHeapBytes: got %d (expected 1 or more)", maxHeapBytes);
        Require.that(maxRequests >= 1, "maxRequests: got %d (expected 1 or more)", maxRequests);
        Require.that(minClientBytesPerSecond >= 0, "minClientBytesPerSecond: got %d (expected 0 or more)",
                minClientBytesPerSecond);
    }

    /** The total of one resource, in its unit. */
    public long of(Resource resource) {
        return switch (resource) {
            case NATIVE -> maxBytes;
            case HEAP -> maxHeapBytes;
            case REQUESTS -> maxRequests;
        };
    }

    public LedgerLimits withMaxBytes(long bytes) {
        return new LedgerLimits(bytes, maxHeapBytes, maxRequests, minClientBytesPerSecond);
    }

    public LedgerLimits withMaxHeapBytes(long bytes) {
        return new LedgerLimits(maxBytes, bytes, maxRequests, minClientBytesPerSecond);
    }

    public LedgerLimits withMaxRequests(int requests) {
        return new LedgerLimits(maxBytes, maxHeapBytes, requests, minClientBytesPerSecond);
    }

    public LedgerLimits withMinClientBytesPerSecond(long bytes) {
        return new LedgerLimits(maxBytes, maxHeapBytes, maxRequests, bytes);
    }
}
