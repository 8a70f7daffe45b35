package io.nereid.server.http.codec;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The strings of a JSON text: finds their end, resolves escapes, checks that they are well-formed UTF-8. */
final class JsonStrings {
    private static final ValueLayout.OfLong EIGHT_BYTES = ElementLayout.LONG;
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    /** Names that occur in every request: no new String is made for them. */
    private static final String[] COMMON = {"inputs", "name", "shape", "datatype", "data", "parameters", "outputs",
            "id",
            "binary_data_size", "binary_data", "binary_data_output", "classification", "FP32", "INT64", "INT32",
            "BYTES"};

    private final MemorySegment text;
    private final long textEnd;
    private final RequestLimits limits;
    private long end;

    JsonStrings(MemorySegment text, long textEnd, RequestLimits limits) {
        this.text = text;
        this.textEnd = textEnd;
        this.limits = limits;
    }

    /** The offset behind the string last read. */
    long end() {
        return end;
    }

    /**
     * The string whose opening quote is at {@code quote}.
     *
     * @throws InferenceException INVALID_ARG if it is longer than a string may be, INTERNAL if it is none
     */
    String read(long quote) throws InferenceException {
        long close = plainEnd(quote + 1);
        if (close < textEnd && text.get(ValueLayout.JAVA_BYTE, close) == '"') {
            limits.checkString(close - quote - 1);
            end = close + 1;
            return plain(quote + 1, Math.toIntExact(close - quote - 1));
        }
        long length = decode(quote, null, 0);
        limits.checkString(length);
        byte[] bytes = new byte[Math.toIntExact(length)];
        decode(quote, MemorySegment.ofArray(bytes), 0);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String plain(long from, int length) {
        for (String common : COMMON) {
            if (common.length() == length && matches(common, from)) {
                return common;
            }
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(text, ValueLayout.JAVA_BYTE, from, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private boolean matches(String word, long from) {
        for (int i = 0; i < word.length(); i++) {
            if (text.get(ValueLayout.JAVA_BYTE, from + i) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Decodes the string whose opening quote is at {@code quote} into {@code out} from {@code outAt} on, or only
     * counts where {@code out} is null; returns how many bytes it has. Decoded text is never longer than its source.
     */
    long decode(long quote, @Nullable MemorySegment out, long outAt) throws InferenceException {
        long at = quote + 1;
        long to = outAt;
        while (true) {
            long plainTo = plainEnd(at);
            to += copy(at, plainTo - at, out, to);
            at = plainTo;
            if (at >= textEnd) {
                throw JsonSyntax.MISSING_QUOTE.at(at);
            }
            byte next = text.get(ValueLayout.JAVA_BYTE, at);
            if (next == '"') {
                end = at + 1;
                return to - outAt;
            }
            if (next == '\\') {
                int codePoint = escaped(at);
                at = end;
                to += out == null ? Utf8.encodedLength(codePoint) : Utf8.encode(codePoint, out, to);
            } else {
                int length = next < 0 ? Utf8.sequenceLength(text, at, textEnd) : 0;
                if (length == 0) {
                    throw (next == 0 ? JsonSyntax.MISSING_QUOTE : JsonSyntax.ENCODING_INVALID).at(at);
                }
                to += copy(at, length, out, to);
                at += length;
            }
        }
    }

    private long copy(long from, long length, @Nullable MemorySegment out, long to) {
        if (out != null) {
            MemorySegment.copy(text, from, out, to, length);
        }
        return length;
    }

    /**
     * The offset of the first byte from {@code from} on that is not plain: quote, backslash, control or not ASCII.
     */
    private long plainEnd(long from) {
        long at = from;
        while (textEnd - at >= 8 && allPlain(text.get(EIGHT_BYTES, at))) {
            at += 8;
        }
        while (at < textEnd) {
            byte next = text.get(ValueLayout.JAVA_BYTE, at);
            if (next < ' ' || next == '"' || next == '\\') {
                return at;
            }
            at++;
        }
        return at;
    }

    /**
     * Whether none of eight bytes is below a space, a quote, a backslash or above ASCII. Each term has a byte's high
     * bit set where the byte is so, and perhaps in a byte above one that is; never where none is.
     */
    private static boolean allPlain(long eight) {
        long controls = eight - (ONES * ' ');
        long quotes = (eight ^ ONES * '"') - ONES;
        long backslashes = (eight ^ ONES * '\\') - ONES;
        return ((controls | quotes | backslashes | eight) & HIGH_BITS) == 0;
    }

    /** The code point of the escape whose backslash is at {@code backslash}; leaves {@link #end} behind it. */
    private int escaped(long backslash) throws InferenceException {
        int letter = backslash + 1 < textEnd ? text.get(ValueLayout.JAVA_BYTE, backslash + 1) : 0;
        end = backslash + 2;
        return switch (letter) {
            case '"', '\\', '/' -> letter;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode(backslash);
            default -> throw JsonSyntax.ESCAPE_INVALID.at(backslash);
        };
    }

    private int unicode(long backslash) throws InferenceException {
        int first = hex(backslash, backslash + 2);
        end = backslash + 6;
        if (!Character.isSurrogate((char) first)) {
            return first;
        }
        if (!Character.isHighSurrogate((char) first) || textEnd - end < 2
                || text.get(ValueLayout.JAVA_BYTE, end) != '\\' || text.get(ValueLayout.JAVA_BYTE, end + 1) != 'u') {
            throw JsonSyntax.SURROGATE_INVALID.at(backslash);
        }
        int second = hex(backslash, end + 2);
        if (!Character.isLowSurrogate((char) second)) {
            throw JsonSyntax.SURROGATE_INVALID.at(backslash);
        }
        end += 6;
        return Character.toCodePoint((char) first, (char) second);
    }

    private int hex(long backslash, long from) throws InferenceException {
        int value = 0;
        for (long at = from; at < from + 4; at++) {
            int digit = at < textEnd ? Character.digit(text.get(ValueLayout.JAVA_BYTE, at) & 0xFF, 16) : -1;
            if (digit < 0) {
                throw JsonSyntax.ESCAPE_NOT_HEX.at(backslash);
            }
            value = (value << 4) | digit;
        }
        return value;
    }
}
