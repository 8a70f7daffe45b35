package io.nereid.backend.image.decode;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The formats of images that are decoded, each told by the first bytes of a file. */
public enum ImageFormat {
    JPEG("JPEG", "/9j/"),
    PNG("PNG", "iVBORw0KGg"),
    WEBP("WebP", "UklGR"),
    BMP("BMP", "Qk");

    /** As many bytes of a file as tell its format. */
    public static final int PREFIX_BYTES = 12;

    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final String words;
    private final String base64Prefix;

    ImageFormat(String words, String base64Prefix) {
        this.words = words;
        this.base64Prefix = base64Prefix;
    }

    /** Its name for people. */
    public String words() {
        return words;
    }

    /** The format of a file that begins so; null for any other. */
    public static @Nullable ImageFormat of(MemorySegment file) {
        if (begins(file, 0, (byte) 0xff, (byte) 0xd8, (byte) 0xff)) {
            return JPEG;
        }
        if (begins(file, 0, PNG_SIGNATURE)) {
            return PNG;
        }
        if (begins(file, "RIFF") && begins(file, 8, (byte) 'W', (byte) 'E', (byte) 'B', (byte) 'P')) {
            return WEBP;
        }
        return begins(file, "BM") ? BMP : null;
    }

    /** Whether a text begins as the base64 of such a file does. */
    static boolean isBase64(MemorySegment text) {
        for (ImageFormat format : values()) {
            if (begins(text, format.base64Prefix)) {
                return true;
            }
        }
        return false;
    }

    static boolean begins(MemorySegment file, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (i >= file.byteSize() || file.get(ValueLayout.JAVA_BYTE, i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean begins(MemorySegment file, long at, byte... bytes) {
        return file.byteSize() >= at + bytes.length
                && file.asSlice(at, bytes.length).mismatch(MemorySegment.ofArray(bytes)) < 0;
    }
}
