package io.nereid.backend.tokenizer;

import java.text.Normalizer;

/**
 * What is done to a text before it is split, as of Hugging Face's {@code BertNormalizer}.
 *
 * @param cleanText control characters are left out, whatever is a space becomes one
 * @param spaceChinese each Chinese character is a word of its own
 * @param stripAccents letters lose their accents
 * @param lowercase letters become small ones
 */
record Normalization(boolean cleanText, boolean spaceChinese, boolean stripAccents, boolean lowercase) {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int CAPITAL_I_WITH_DOT = 0x0130;

    /** Whether a character is left out. */
    boolean drops(int character) {
        return cleanText && (character == 0 || character == REPLACEMENT || isControl(character));
    }

    private static boolean isControl(int character) {
        if (character == '\t' || character == '\n' || character == '\r') {
            return false;
        }
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** Whether a character separates words: one of Unicode's white space. */
    static boolean isSpace(int character) {
        return switch (character) {
            case ' ', '\t', '\n', 0x0B, 0x0C, '\r', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default -> character >= 0x2000 && character <= 0x200A;
        };
    }

    /** Whether a character is to be a word of its own for its script. */
    boolean isAlone(int c) {
        return spaceChinese && ((c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF)
                || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F)
                || (c >= 0x2B820 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F));
    }

    /** What stands between two spaces, without accents and in small letters where that is wanted. */
    String of(CharSequence word) {
        String text = word.toString();
        if (stripAccents) {
            text = withoutAccents(Normalizer.normalize(text, Normalizer.Form.NFD));
        }
        return lowercase ? small(text) : text;
    }

    private static String withoutAccents(String decomposed) {
        StringBuilder kept = new StringBuilder(decomposed.length());
        decomposed.codePoints().filter(character -> Character.getType(character) != Character.NON_SPACING_MARK)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }

    /** Each character by itself, whatever is around it and whatever the language. */
    private static String small(String text) {
        StringBuilder small = new StringBuilder(text.length());
        text.codePoints().forEach(character -> {
            if (character == CAPITAL_I_WITH_DOT) {
                small.append("i\u0307");
            } else {
                small.appendCodePoint(Character.toLowerCase(character));
            }
        });
        return small.toString();
    }

    /** Whether a character is a word of its own: punctuation, and all of ASCII that is neither letter nor digit. */
    static boolean isPunctuation(int c) {
        if ((c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~')) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                true;
            default -> false;
        };
    }
}
