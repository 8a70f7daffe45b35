package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Cuts a text into words: names, numbers, quoted strings and single symbols. It never fails: what cannot be read comes
 * out as a {@link Token.Kind#MALFORMED} word, so that its reader can report it and go on. Not thread-safe.
 */
final class Tokenizer {

    private final String text;
    private final String commentMark;
    private int at;
    private int line = 1;
    private int lineStart;

    /** @param commentMark what begins a comment that runs to the end of its line */
    Tokenizer(String text, String commentMark) {
        this.text = text;
        this.commentMark = commentMark;
        at = text.startsWith("\uFEFF") ? 1 : 0;
        lineStart = at;
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
        at++;
        return new Token(Token.Kind.SYMBOL, String.valueOf(first), position);
    }

    private void skipBlanksAndComments() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                at++;
                line++;
                lineStart = at;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (text.startsWith(commentMark, at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else {
                return;
            }
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
            if (codePoint == '\\') {
                String escapeFault = takeEscape(bytes);
                fault = fault == null ? escapeFault : fault;
            } else {
                bytes.writeBytes(Character.toString(codePoint).getBytes(UTF_8));
            }
        }
        if (at == text.length() || text.charAt(at) != quote) {
            return new Token(Token.Kind.MALFORMED, "string is not closed on its line", position);
        }
        at++;
        return fault == null ? decode(bytes.toByteArray(), position)
                : new Token(Token.Kind.MALFORMED, fault, position);
    }

    private static Token decode(byte[] bytes, Position position) {
        try {
            return new Token(Token.Kind.STRING, UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), position);
        } catch (CharacterCodingException _) {
            return new Token(Token.Kind.MALFORMED, "string is not valid UTF-8", position);
        }
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
            case 'x', 'X' -> {
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
        if (at - before != digits || !Character.isValidCodePoint(codePoint)
                || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)) {
            return "escape \\" + (digits == 4 ? 'u' : 'U') + " needs " + digits
                    + " hexadecimal digits of a Unicode character";
        }
        bytes.writeBytes(Character.toString(codePoint).getBytes(UTF_8));
        return null;
    }

    private int takeDigits(int radix, int atMost) {
        int value = 0;
        for (int n = 0; n < atMost && at < text.length(); n++) {
            int digit = Character.digit(text.charAt(at), radix);
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
