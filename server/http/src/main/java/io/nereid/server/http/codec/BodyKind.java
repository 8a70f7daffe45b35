package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a body that should have been a JSON object seems to be: its sender has mostly left out a header, or a step.
 */
public final class BodyKind {
    /** As much as is looked at. */
    private static final int MOST_BYTES = 256;
    /** What files and encodings begin with, in ISO 8859-1. */
    private static final List<Beginning> BEGINNINGS = List.of(
            new Beginning("\u00FF\u00D8\u00FF", "looks like a JPEG image"),
            new Beginning("\u0089PNG", "looks like a PNG image"), new Beginning("GIF8", "looks like a GIF image"),
            new Beginning("RIFF", "looks like a WebP image or a WAV file"),
            new Beginning("\u0093NUMPY", "looks like a NumPy file"),
            new Beginning("PK\u0003\u0004", "looks like a ZIP file"),
            new Beginning("\u001F\u008B", "looks like gzip, which a header Content-Encoding has to say"),
            new Beginning("x\u009C", "looks like deflate, which a header Content-Encoding has to say"),
            new Beginning("\u00EF\u00BB\u00BF", "begins with a byte order mark, which JSON does not have"),
            new Beginning("\u00FF\u00FE", "looks like UTF-16; JSON is sent in UTF-8"),
            new Beginning("\u00FE\u00FF", "looks like UTF-16; JSON is sent in UTF-8"),
            new Beginning("--", "looks like a multipart form"), new Beginning("<", "looks like HTML or XML"),
            new Beginning("{'", "has names in single quotes; JSON takes double ones"),
            new Beginning("[", "is a JSON array"), new Beginning("\"", "is a JSON string"));

    private BodyKind() {}

    private record Beginning(String bytes, String kind) {}

    /**
     * The failure to read a body, with what the body seems to be where that is no object.
     *
     * @param body the bytes that should have been JSON
     * @param expected what to send
     */
    public static InferenceException explain(InferenceException failure, MemorySegment body, String expected) {
        String kind = of(body);
        return kind == null ? failure
                : failure.withText(failure.text() + ": the body " + kind + " (expected " + expected + ")");
    }

    /** What the body seems to be; null for an object. */
    static @Nullable String of(MemorySegment body) {
        byte[] bytes = body.asSlice(0, Math.min(body.byteSize(), MOST_BYTES)).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replaceFirst("^[ \t\r\n]+", "");
        if (text.isEmpty()) {
            return "is empty";
        }
        for (Beginning beginning : BEGINNINGS) {
            if (text.startsWith(beginning.bytes())) {
                return beginning.kind();
            }
        }
        return text.charAt(0) == '{' ? null : ofOther(text);
    }

    private static String ofOther(String text) {
        if (text.chars().anyMatch(c -> c < ' ' && c != '\t' && c != '\n' && c != '\r')) {
            return "looks like binary data";
        }
        return text.matches("(?s)[\\w.%+*-]+=.*") ? "looks like a form" : "looks like plain text";
    }
}
