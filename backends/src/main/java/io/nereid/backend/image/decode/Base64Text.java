package io.nereid.backend.image.decode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * An image that a client sends as base64, as one may in JSON. What is no letter of base64 is passed over, as Python's
 * {@code b64decode} does, so that lines may be of any length. Stateless.
 */
public final class Base64Text {
    private static final byte[] VALUES = values();
    private static final int CHUNK = 8192;

    private Base64Text() {}

    private static byte[] values() {
        byte[] values = new byte[256];
        Arrays.fill(values, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            values[alphabet.charAt(i)] = (byte) i;
        }
        return values;
    }

    /** Whether these bytes begin as the base64 of an image does. */
    public static boolean is(MemorySegment bytes) {
        return ImageFormat.isBase64(bytes);
    }

    /** The most bytes that a text of so many characters has. */
    public static long maxBytes(long characters) {
        return (characters + 3) / 4 * 3;
    }

    /**
     * Decodes a text up to its first {@code =}.
     *
     * @param target at least {@link #maxBytes} long
     * @return how many bytes it has
     */
    public static long decode(MemorySegment text, MemorySegment target) {
        byte[] from = new byte[CHUNK];
        byte[] to = new byte[CHUNK];
        long written = 0;
        int bits = 0;
        int count = 0;
        for (long at = 0; at < text.byteSize(); at += CHUNK) {
            int length = (int) Math.min(CHUNK, text.byteSize() - at);
            MemorySegment.copy(text, ValueLayout.JAVA_BYTE, at, from, 0, length);
            int filled = 0;
            boolean ended = false;
            for (int i = 0; i < length && !ended; i++) {
                int value = VALUES[from[i] & 0xff];
                ended = from[i] == '=';
                if (value >= 0) {
                    bits = (bits << 6) | value;
                    count += 6;
                    if (count >= 8) {
                        count -= 8;
                        to[filled++] = (byte) (bits >> count);
                    }
                }
            }
            MemorySegment.copy(to, 0, target, ValueLayout.JAVA_BYTE, written, filled);
            written += filled;
            if (ended) {
                break;
            }
        }
        return written;
    }
}
