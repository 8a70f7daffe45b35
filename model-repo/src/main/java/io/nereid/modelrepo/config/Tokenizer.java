package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.Locale;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Cuts a text into words: names, numbers, quoted strings and single symbols, as protobuf's C++ library does. It never
 * fails: what cannot be read comes out as a {@link Token.Kind#MALFORMED} word, so that its reader can report it and go
 * on. Bytes of a string that are not UTF-8 become U+FFFD. Not thread-safe.
 */
final class Tokenizer {

    /** One more than the largest number that an escape of eight digits may say. */
    private static final int ESCAPES_END = 0x20_0000;

    private final String text;
    private int at;
    private int line = 1;
    private int lineStart;

    Tokenizer(String text) {
        this.text = text;
    }

    /** The next word; after the last one an endless row of {@link Token.Kind#END}. */
    Token next() {
        skipBlanksAndComments();
        Position position = new Position(line, at - lineStart + 1);
        if (at == text.length()) {
            return new Token(Token.Kind.END, "", position);
        }
        char first = text.charAt(at);
        if (isNameStart(first)) {
            return new Token(Token.Kind.IDENTIFIER, takeName(), position);
        }
        if (isDigit(first) || (first == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
            return new Token(Token.Kind.NUMBER, takeNumber(), position);
        }
        if (first == '"' || first == '\'') {
            return takeString(first, position);
        }
        String symbol = Character.toString(text.codePointAt(at));
        at += symbol.length();
        return new Token(Token.Kind.SYMBOL, symbol, position);
    }

    private void skipBlanksAndComments() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                at++;
                line++;
                lineStart = at;
            } else if (isBlank(c)) {
                at++;
            } else if (c == '#') {
                skipComment();
            } else {
                return;
            }
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == 0x0b || c == '\f';
    }

    private void skipComment() {
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != 0) {
            at++;
        }
    }

    private String takeName() {
        int start = at;
        while (at < text.length() && (isNameStart(text.charAt(at)) || isDigit(text.charAt(at)))) {
            at++;
        }
        return text.substring(start, at);
    }

    private String takeNumber() {
        int start = at;
        boolean hex = text.startsWith("0x", at) || text.startsWith("0X", at);
        while (at < text.length() && belongsToNumber(text.charAt(at), hex)) {
            at++;
        }
        return text.substring(start, at);
    }

    private boolean belongsToNumber(char c, boolean hex) {
        if (c == '+' || c == '-') {
            char before = text.charAt(at - 1);
            return !hex && (before == 'e' || before == 'E');
        }
        return isNameStart(c) || isDigit(c) || c == '.';
    }

    private Token takeString(char quote, Position position) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String fault = null;
        at++;
        while (at < text.length() && text.charAt(at) != quote && text.charAt(at) != '\n') {
            int codePoint = text.codePointAt(at);
            at += Character.charCount(codePoint);
            String newFault = null;
            if (codePoint == '\\') {
                newFault = takeEscape(bytes);
            } else if (codePoint == 0) {
                newFault = "string has a NUL character (expected \\0 in its place)";
            } else {
                bytes.writeBytes(Character.toString(codePoint).getBytes(UTF_8));
            }
            fault = fault == null ? newFault : fault;
        }
        if (at == text.length() || text.charAt(at) != quote) {
            return new Token(Token.Kind.MALFORMED, "string is not closed on its line", position);
        }
        at++;
        return fault == null ? new Token(Token.Kind.STRING, bytes.toString(UTF_8), position)
                : new Token(Token.Kind.MALFORMED, fault, position);
    }

    /** Reads what follows a backslash; returns what is wrong with it, or null. */
    private @Nullable String takeEscape(ByteArrayOutputStream bytes) {
        if (at == text.length()) {
            return "string ends in a backslash";
        }
        char c = text.charAt(at++);
        switch (c) {
            case 'a' -> bytes.write(7);
            case 'b' -> bytes.write('\b');
            case 'f' -> bytes.write('\f');
            case 'n' -> bytes.write('\n');
            case 'r' -> bytes.write('\r');
            case 't' -> bytes.write('\t');
            case 'v' -> bytes.write(11);
            case '\\', '\'', '"', '?' -> bytes.write(c);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                at--;
                bytes.write(takeDigits(8, 3));
            }
            case 'x' -> {
                int before = at;
                int value = takeDigits(16, 2);
                if (at == before) {
                    return "escape \\x needs one or two hexadecimal digits";
                }
                bytes.write(value);
            }
            case 'u' -> {
                return takeCodePoint(bytes, 4);
            }
            case 'U' -> {
                return takeCodePoint(bytes, 8);
            }
            default -> {
                return "unknown escape '\\" + c + "' in string";
            }
        }
        return null;
    }

    private @Nullable String takeCodePoint(ByteArrayOutputStream bytes, int digits) {
        int before = at;
        int codePoint = takeDigits(16, digits);
        if (at - before != digits || codePoint < 0 || codePoint >= ESCAPES_END) {
            return "escape \\" + (digits == 4 ? 'u' : 'U') + " needs " + digits
                    + " hexadecimal digits of a Unicode character";
        }
        writeCodePoint(bytes, codePoint);
        return null;
    }

    /** Two halves of a character may be escaped one by one; what no character is stays as it was written. */
    private void writeCodePoint(ByteArrayOutputStream bytes, int codePoint) {
        int low = isHighSurrogate(codePoint) ? escapedLowSurrogate() : -1;
        if (low >= 0) {
            at += "\\uDC00".length();
            bytes.writeBytes(Character.toString(Character.toCodePoint((char) codePoint, (char) low)).getBytes(UTF_8));
        } else if (!Character.isValidCodePoint(codePoint)) {
            bytes.writeBytes(String.format(Locale.ROOT, "\\U%08x", codePoint).getBytes(UTF_8));
        } else if (isHighSurrogate(codePoint) || Character.isLowSurrogate((char) codePoint)) {
            // not UTF-8, as half a character is not
            bytes.writeBytes(new byte[]{(byte) 0xed, (byte) 0xa0, (byte) 0x80});
        } else {
            bytes.writeBytes(Character.toString(codePoint).getBytes(UTF_8));
        }
    }

    private static boolean isHighSurrogate(int codePoint) {
        return codePoint >= Character.MIN_HIGH_SURROGATE && codePoint <= Character.MAX_HIGH_SURROGATE;
    }

    /** The second half of a character, if an escape of four digits comes next and is one; else -1. */
    private int escapedLowSurrogate() {
        if (!text.startsWith("\\u", at)) {
            return -1;
        }
        int before = at;
        at += 2;
        int low = takeDigits(16, 4);
        boolean found = at - before == "\\uDC00".length() && Character.isLowSurrogate((char) low);
        at = before;
        return found ? low : -1;
    }

    private int takeDigits(int radix, int atMost) {
        int value = 0;
        for (int n = 0; n < atMost && at < text.length(); n++) {
            char c = text.charAt(at);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                break;
            }
            value = value * radix + digit;
            at++;
        }
        return value;
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
