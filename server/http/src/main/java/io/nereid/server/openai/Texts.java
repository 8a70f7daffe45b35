package io.nereid.server.openai;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * Strings of a JSON text as the elements of a tensor.
 *
 * @param count how many there are
 * @param bytes what they take there
 */
record Texts(long count, long bytes) {
    /**
     * Reads the string that comes next, or the array of strings.
     *
     * @param target where they are written to; null if they are only measured
     * @param expected the error where something else comes
     */
    static Texts read(JsonScanner scanner, @Nullable MemorySegment target, InferenceException expected)
            throws InferenceException {
        if (scanner.peek() != JsonKind.ARRAY) {
            return new Texts(1, readOne(scanner, target, 0, expected));
        }
        long count = 0;
        long bytes = 0;
        for (boolean more = scanner.enterArray(); more; more = scanner.nextElement()) {
            bytes += readOne(scanner, target, bytes, expected);
            count++;
        }
        return new Texts(count, bytes);
    }

    private static long readOne(JsonScanner scanner, @Nullable MemorySegment target, long at,
            InferenceException expected) throws InferenceException {
        if (scanner.peek() != JsonKind.STRING) {
            throw expected;
        }
        long length = scanner.stringBytes("", target, at + Integer.BYTES);
        if (target != null) {
            target.set(ElementLayout.INT, at, (int) length);
        }
        return Integer.BYTES + length;
    }
}
