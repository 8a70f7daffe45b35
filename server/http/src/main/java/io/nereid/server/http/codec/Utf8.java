package io.nereid.server.http.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Well-formed UTF-8 sequences in memory that anybody may have written. */
final class Utf8 {
    private Utf8() {}

    /**
     * The length of the well-formed sequence of two to four bytes that starts at {@code at}, whose first byte is not
     * ASCII, or 0 where there is none before {@code end}. Overlong forms, surrogates and what lies beyond U+10FFFF
     * are not well-formed.
     */
    static int sequenceLength(MemorySegment text, long at, long end) {
        int first = text.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
        int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
        if (length == 0 || end - at < length) {
            return 0;
        }
        int second = text.get(ValueLayout.JAVA_BYTE, at + 1) & 0xFF;
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((text.get(ValueLayout.JAVA_BYTE, at + i) & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    /** Writes a code point that is no surrogate to {@code out} at {@code at}; returns how many bytes it took. */
    static int encode(int codePoint, MemorySegment out, long at) {
        if (codePoint < 0x80) {
            out.set(ValueLayout.JAVA_BYTE, at, (byte) codePoint);
            return 1;
        }
        int length = encodedLength(codePoint);
        int rest = codePoint;
        for (int i = length - 1; i > 0; i--) {
            out.set(ValueLayout.JAVA_BYTE, at + i, (byte) (0x80 | (rest & 0x3F)));
            rest >>>= 6;
        }
        out.set(ValueLayout.JAVA_BYTE, at, (byte) (((0xF00 >> length) & 0xFF) | rest));
        return length;
    }

    /** How many bytes a code point takes. */
    static int encodedLength(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
}
