package io.nereid.modelrepo.config;

/**
 * One word of a configuration file.
 *
 * @param kind what it is
 * @param text the word as it stands in the file, for a string its decoded value
 * @param position where it begins
 */
record Token(Kind kind, String text, Position position) {

    enum Kind {
        IDENTIFIER,
        NUMBER,
        STRING,
        SYMBOL,
        /** Something that no rule of the format allows; the text says what is wrong with it. */
        MALFORMED,
        END
    }

    boolean is(char symbol) {
        return kind == Kind.SYMBOL && text.charAt(0) == symbol;
    }

    /** How an error text calls this word. */
    String description() {
        return switch (kind) {
            case END -> "the end of the file";
            case STRING -> "\"" + text + "\"";
            case SYMBOL -> symbolDescription(text.codePointAt(0));
            default -> "'" + text + "'";
        };
    }

    /** What cannot be seen, or looks like something else, by its number. */
    private static String symbolDescription(int symbol) {
        if (symbol == 0xFEFF) {
            return "a byte order mark (save the file as UTF-8 without one)";
        }
        boolean visible = symbol > ' ' && symbol < 0x7f;
        return visible ? "'" + Character.toString(symbol) + "'" : String.format("the character U+%04X", symbol);
    }
}
