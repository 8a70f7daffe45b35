package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** JSON texts in native memory, for tests. */
final class Json {
    private static final MemorySegment SCRATCH = Arena.ofAuto().allocate(4096);

    private Json() {}

    static MemorySegment inMemory(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment segment = Arena.ofAuto().allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment.asSlice(0, bytes.length);
    }

    static JsonScanner scanner(String text) {
        MemorySegment segment = inMemory(text);
        return new JsonScanner(segment, segment.byteSize(), RequestLimits.DEFAULT);
    }

    /**
     * Reads a number with {@code into}, without allocating memory for each: fuzzing reads millions. Single-threaded.
     */
    static JsonNumber number(String text, JsonNumber into) throws InferenceException {
        int length = text.length();
        boolean fits = length <= SCRATCH.byteSize();
        for (int i = 0; i < length && fits; i++) {
            SCRATCH.set(ValueLayout.JAVA_BYTE, i, (byte) text.charAt(i));
        }
        into.scan(fits ? SCRATCH : inMemory(text), 0, length);
        return into;
    }
}
