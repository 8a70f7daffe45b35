package io.nereid.server.protocol;

import io.nereid.server.config.Require;

/**
 * What all clients together may take of the server; more is refused with 503 and {@code Retry-After}, or ends a
 * client that is slower than the minimum rate (docs/operations.md).
 *
 * @param maxRequests inference requests in flight: admitted, and not yet answered
 * @param maxBytes native memory for them: bodies, messages, tensors and responses
 * @param maxHeapBytes heap for them: heads, parameters, and what each connection and request takes by itself
 * @param minClientBytesPerSecond payload that a client must send, or take of its responses, to keep what it holds
 *             when a limit is reached
 */
public record AdmissionLimits(int maxRequests, long maxBytes, long maxHeapBytes, long minClientBytesPerSecond) {
    /**
     * 16,384 requests: each takes some 5 KB of heap beside its tensors, so this many take less than 100 MB; and more
     * than that many wait longer than clients do. Bytes: see {@link ProcessMemory}. 64 KiB/s: less than any network
     * gives that a model server is used over.
     */
    public static final AdmissionLimits DEFAULT = new AdmissionLimits(16_384,
            ProcessMemory.OF_THIS_PROCESS.forClients(), ProcessMemory.OF_THIS_PROCESS.heapForClients(), 64 << 10);

    public AdmissionLimits {
        Require.that(maxRequests >= 1, "maxRequests: got %d (expected 1 or more)", maxRequests);
        Require.that(maxBytes >= 1, "maxBytes: got %d (expected 1 or more)", maxBytes);
        Require.that(maxHeapBytes >= 1, "maxHeapBytes: got %d (expected 1 or more)", maxHeapBytes);
        Require.that(minClientBytesPerSecond >= 0, "minClientBytesPerSecond: got %d (expected 0 or more)",
                minClientBytesPerSecond);
    }

    public AdmissionLimits withMaxRequests(int requests) {
        return new AdmissionLimits(requests, maxBytes, maxHeapBytes, minClientBytesPerSecond);
    }

    public AdmissionLimits withMaxBytes(long bytes) {
        return new AdmissionLimits(maxRequests, bytes, maxHeapBytes, minClientBytesPerSecond);
    }

    public AdmissionLimits withMaxHeapBytes(long bytes) {
        return new AdmissionLimits(maxRequests, maxBytes, bytes, minClientBytesPerSecond);
    }

    public AdmissionLimits withMinClientBytesPerSecond(long bytes) {
        return new AdmissionLimits(maxRequests, maxBytes, maxHeapBytes, bytes);
    }
}
