package io.nereid.server.staticfiles;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file in memory.
 *
 * @param contentType the value of its Content-Type
 * @param content its bytes, which nobody changes
 * @param tag what its content is known by: the value of its ETag, in its quotation marks
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record StaticFile(String contentType, byte[] content, String tag) {
    private static final int TAG_BYTES = 16;

    static StaticFile of(String contentType, byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return new StaticFile(contentType, content,
                    '"' + HexFormat.of().formatHex(digest, 0, TAG_BYTES) + '"');
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
