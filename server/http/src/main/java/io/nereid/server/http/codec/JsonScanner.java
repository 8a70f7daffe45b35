package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Walks through a JSON text in native memory, token by token, as the caller asks for them. It keeps nothing of the
 * text but its place in it, so a caller may note an offset, skip, and come back.
 *
 * <p>Whatever the bytes are, it reads only within the text and ends in a result or an {@link InferenceException}:
 * INTERNAL with the fault and its offset for a text that is not JSON, or with "attempt to access JSON non-x as x" for
 * a value that is not what was asked for. Not thread-safe.
 */
public final class JsonScanner {
    /** How deep arrays and objects may lie in one another. */
    static final int MAX_DEPTH = 100;
    private static final int END = -1;

    private final MemorySegment text;
    private final long end;
    private final RequestLimits limits;
    private final JsonNumber number = new JsonNumber();
    private final JsonStrings strings;
    private long position;
    /** How many bytes before {@link #position} are data of tensors. */
    private long dataBytes;
    /** The position at which there is too much that is no data. */
    private long headEnd;

    /**
     * A scanner at the start of the first {@code length} bytes of {@code text}.
     *
     * @param limits how long a string may be that is read into the heap, and how long the text without {@link
     *             #readData data}
     */
    public JsonScanner(MemorySegment text, long length, RequestLimits limits) {
        this.text = text;
        this.end = length;
        this.limits = limits;
        this.strings = new JsonStrings(text, length, limits);
        this.headEnd = limits.maxHeadBytes();
    }

    /** How large the parts of the request may be. */
    public RequestLimits limits() {
        return limits;
    }

    /** Reads something that is the data of a tensor: it does not count for the limit of all the rest. */
    @FunctionalInterface
    public interface DataReading<T extends @Nullable Object> {
        T read() throws InferenceException;
    }

    /**
     * What {@code reading} makes of the data that comes next. Data that is read twice, by {@link #resume}, counts
     * once.
     */
    public <T extends @Nullable Object> T readData(DataReading<T> reading) throws InferenceException {
        long start = position;
        headEnd = Long.MAX_VALUE;
        T read = reading.read();
        dataBytes += position - start;
        headEnd = limits.maxHeadBytes() + dataBytes;
        return read;
    }

    private void checkHead() throws InferenceException {
        if (position > headEnd) {
            limits.checkHead(position - dataBytes);
        }
    }

    /** The offset of the next byte to be read. */
    public long position() {
        return position;
    }

    /** Goes on at an offset that {@link #position} gave before. */
    public void resume(long offset) {
        position = offset;
    }

    /** Bytes not read yet. */
    long remaining() {
        return end - position;
    }

    /** What the next value is; fails where no value starts. */
    public JsonKind peek() throws InferenceException {
        int next = nextByte();
        return switch (next) {
            case '{' -> JsonKind.OBJECT;
            case '[' -> JsonKind.ARRAY;
            case '"' -> JsonKind.STRING;
            case 't', 'f' -> JsonKind.BOOLEAN;
            case 'n' -> JsonKind.NULL;
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'N', 'I' -> JsonKind.NUMBER;
            default -> throw JsonSyntax.VALUE_INVALID.at(position);
        };
    }

    /** What the document is; fails where it is empty. */
    public JsonKind peekRoot() throws InferenceException {
        if (nextByte() == END) {
            throw JsonSyntax.DOCUMENT_EMPTY.at(position);
        }
        return peek();
    }

    /** Fails unless nothing but white space is left. */
    public void expectEnd() throws InferenceException {
        if (nextByte() != END) {
            throw JsonSyntax.ROOT_NOT_SINGULAR.at(position);
        }
        checkHead();
    }

    /** Enters the object that comes next; whether it has a member, whose name then comes next. */
    public boolean enterObject() throws InferenceException {
        position++;
        return !accept('}') && expectName();
    }

    /** After a member's value: whether another member follows, whose name then comes next. */
    public boolean nextMember() throws InferenceException {
        checkHead();
        if (accept(',')) {
            return expectName();
        }
        if (accept('}')) {
            return false;
        }
        throw JsonSyntax.MISSING_COMMA_OR_BRACE.at(position);
    }

    private boolean expectName() throws InferenceException {
        if (nextByte() != '"') {
            throw JsonSyntax.MISSING_NAME.at(position);
        }
        return true;
    }

    /** The name of the member that comes next; its value comes next then. */
    public String name() throws InferenceException {
        String name = text();
        if (!accept(':')) {
            throw JsonSyntax.MISSING_COLON.at(position);
        }
        return name;
    }

    /** Enters the array that comes next; whether it has an element, which then comes next. */
    public boolean enterArray() {
        position++;
        return !accept(']');
    }

    /** After an element: whether another one follows, which then comes next. */
    public boolean nextElement() throws InferenceException {
        checkHead();
        if (accept(',')) {
            return true;
        }
        if (accept(']')) {
            return false;
        }
        throw JsonSyntax.MISSING_COMMA_OR_BRACKET.at(position);
    }

    /** Reads {@code character} if it comes next, white space aside. */
    boolean accept(int character) {
        if (nextByte() != character) {
            return false;
        }
        position++;
        return true;
    }

    /** The string that comes next; fails with {@code context} in front where something else comes. */
    public String string(String context) throws InferenceException {
        if (peek() != JsonKind.STRING) {
            throw mismatch(context, "non-string as string");
        }
        return text();
    }

    private String text() throws InferenceException {
        String value = strings.read(position);
        position = strings.end();
        checkHead();
        return value;
    }

    /**
     * Writes the bytes of the string that comes next to {@code out} at {@code at}, or only counts them where {@code
     * out} is null; returns how many they are.
     */
    public long stringBytes(String context, @Nullable MemorySegment out, long at) throws InferenceException {
        if (nextByte() != '"' && peek() != JsonKind.STRING) {
            throw mismatch(context, "non-string as string");
        }
        long length = strings.decode(position, out, at);
        position = strings.end();
        return length;
    }

    /** The true or false that comes next. */
    public boolean bool(String context) throws InferenceException {
        if (peek() != JsonKind.BOOLEAN) {
            throw mismatch(context, "non-boolean as boolean");
        }
        boolean value = text.get(ValueLayout.JAVA_BYTE, position) == 't';
        expectWord(value ? "true" : "false");
        return value;
    }

    /**
     * Reads what comes next if it is a comma and a number that can be read fast, after an element of an array; whether
     * it was. The number is the one that {@link #number()} returns.
     */
    boolean nextPlainNumber() {
        long at = position;
        if (end - at < 2 + JsonNumber.PLAIN_BYTES || text.get(ValueLayout.JAVA_BYTE, at) != ',') {
            return false;
        }
        at += text.get(ValueLayout.JAVA_BYTE, at + 1) == ' ' ? 2 : 1;
        long behind = number.scanPlain(text, at);
        if (behind == JsonNumber.NOT_PLAIN) {
            return false;
        }
        position = behind;
        return true;
    }

    /** The number last read. */
    JsonNumber number() {
        return number;
    }

    /** The number that comes next, valid until the next one is read. */
    JsonNumber number(String context) throws InferenceException {
        scanNumber(context, "non-number as double");
        return number;
    }

    /** The number that comes next. */
    public double real(String context) throws InferenceException {
        return DecimalFloat.toDouble(number(context));
    }

    /** The integer that comes next, which fits into 64 bits without a sign. */
    public long unsigned(String context) throws InferenceException {
        scanNumber(context, "non-unsigned-integer as unsigned-integer");
        return asUnsigned(context);
    }

    /** The same of the number last read. */
    long asUnsigned(String context) throws InferenceException {
        if (!number.isUnsigned()) {
            throw mismatch(context, "non-unsigned-integer as unsigned-integer");
        }
        return number.toLong();
    }

    /** The integer that comes next, which fits into 64 bits with a sign. */
    public long signed(String context) throws InferenceException {
        scanNumber(context, "non-signed-integer as signed-integer");
        return asSigned(context);
    }

    /** The same of the number last read. */
    long asSigned(String context) throws InferenceException {
        if (!number.isSigned()) {
            throw mismatch(context, "non-signed-integer as signed-integer");
        }
        return number.toLong();
    }

    private void scanNumber(String context, String mismatch) throws InferenceException {
        int next = nextByte();
        boolean digit = next >= '0' && next <= '9';
        if (!digit && peek() != JsonKind.NUMBER) {
            throw mismatch(context, mismatch);
        }
        position = number.scan(text, position, end);
    }

    /** Skips the value that comes next, whatever it is, and checks it on the way. */
    public void skip() throws InferenceException {
        skip(0);
    }

    private void skip(int depth) throws InferenceException {
        switch (peek()) {
            case OBJECT -> {
                checkDepth(depth + 1);
                for (boolean more = enterObject(); more; more = nextMember()) {
                    stringBytes("", null, 0);
                    if (!accept(':')) {
                        throw JsonSyntax.MISSING_COLON.at(position);
                    }
                    skip(depth + 1);
                }
            }
            case ARRAY -> {
                checkDepth(depth + 1);
                for (boolean more = enterArray(); more; more = nextElement()) {
                    skip(depth + 1);
                }
            }
            case STRING -> stringBytes("", null, 0);
            case NUMBER -> position = number.scan(text, position, end);
            case BOOLEAN -> bool("");
            case NULL -> expectWord("null");
        }
    }

    /** Fails where {@code depth} arrays and objects around a value are too many. */
    static void checkDepth(int depth) throws InferenceException {
        if (depth >= MAX_DEPTH) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "JSON nesting depth exceeds maximum allowed limit (" + MAX_DEPTH + ")");
        }
    }

    /** The failure for a value that is not what was asked for. */
    static InferenceException mismatch(String context, String asked) {
        String text = "attempt to access JSON " + asked;
        return new InferenceException(ErrorCode.INTERNAL, context.isEmpty() ? text : context + ": " + text);
    }

    private void expectWord(String word) throws InferenceException {
        for (int i = 0; i < word.length(); i++, position++) {
            if (position >= end || text.get(ValueLayout.JAVA_BYTE, position) != word.charAt(i)) {
                throw JsonSyntax.VALUE_INVALID.at(position);
            }
        }
    }

    private int nextByte() {
        while (position < end) {
            byte next = text.get(ValueLayout.JAVA_BYTE, position);
            if (next > ' ' || (next != ' ' && next != '\n' && next != '\r' && next != '\t')) {
                return next & 0xFF;
            }
            position++;
        }
        return END;
    }
}
