package io.nereid.server.protocol;

import io.nereid.server.config.Require;

/**
 * What all inference requests together may take of the server; more is refused with 503 and {@code Retry-After}
 * (docs/compatibility.md).
 *
 * @param maxRequests requests in flight: admitted, and not yet answered
 * @param maxBytes bytes of their bodies and answers
 */
public record AdmissionLimits(int maxRequests, long maxBytes) {
    /**
     * 16,384 requests: each takes some 5 KB of heap beside its tensors, so this many take less than 100 MB; and more than
     * that many wait longer than clients do. Bytes: half of what tensors may take. The other half is left for what
     * admitted requests still need: tensors out of JSON or shared memory, decompressed bodies, and outputs.
     */
    public static final AdmissionLimits DEFAULT = new AdmissionLimits(16_384, TensorLimit.BYTES / 2);

    public AdmissionLimits {
        Require.that(maxRequests >= 1, "maxRequests: got %d (expected 1 or more)", maxRequests);
        Require.that(maxBytes >= 1, "maxBytes: got %d (expected 1 or more)", maxBytes);
    }

    public AdmissionLimits withMaxRequests(int requests) {
        return new AdmissionLimits(requests, maxBytes);
    }

    public AdmissionLimits withMaxBytes(long bytes) {
        return new AdmissionLimits(maxRequests, bytes);
    }
}
