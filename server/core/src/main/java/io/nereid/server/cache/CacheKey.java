package io.nereid.server.cache;

import java.nio.ByteBuffer;

/** A SHA-256 of everything that an answer depends on, as four numbers: two requests with the same key are the same. */
record CacheKey(long first, long second, long third, long fourth) {
    private static final int BYTES = 4 * Long.BYTES;

    /** Of the 32 bytes of a digest. */
    static CacheKey of(byte[] digest) {
        if (digest.length != BYTES) {
            throw new IllegalArgumentException("a digest of " + digest.length + " bytes (expected " + BYTES + ")");
        }
        ByteBuffer numbers = ByteBuffer.wrap(digest);
        return new CacheKey(numbers.getLong(), numbers.getLong(), numbers.getLong(), numbers.getLong());
    }

    /** The digest in hexadecimal digits. */
    String hex() {
        return "%016x%016x%016x%016x".formatted(first, second, third, fourth);
    }
}
