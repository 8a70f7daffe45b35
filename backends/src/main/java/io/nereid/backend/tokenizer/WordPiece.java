package io.nereid.backend.tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * Splits a word into the pieces of a vocabulary: the longest that it begins with, then the longest that the rest
 * begins with, and so on. Immutable.
 *
 * @param vocabulary the pieces and their ids
 * @param unknown the id of a word that is not made of pieces
 * @param prefix what a piece begins with in the vocabulary that does not begin a word
 * @param longest characters of a word; a longer one is unknown
 */
record WordPiece(Map<String, Integer> vocabulary, int unknown, String prefix, int longest) {
    /** Adds the ids of a word, as far as there is room for them. */
    void add(String word, TokenIds ids) {
        if (word.codePointCount(0, word.length()) > longest) {
            ids.add(unknown);
            return;
        }
        int mark = ids.size();
        int start = 0;
        while (start < word.length()) {
            int end = word.length();
            Integer id = null;
            while (end > start && id == null) {
                id = find(word, start, end);
                end = id == null ? word.offsetByCodePoints(end, -1) : end;
            }
            if (id == null) {
                ids.cut(mark);
                ids.add(unknown);
                return;
            }
            ids.add(id);
            start = end;
        }
    }

    private @Nullable Integer find(String word, int start, int end) {
        String piece = word.substring(start, end);
        return vocabulary.get(start == 0 ? piece : prefix + piece);
    }
}
