package io.nereid.backend.tokenizer;

import org.jspecify.annotations.Nullable;

import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Makes tokens of texts. Immutable and thread-safe.
 *
 * @param normalization what is done to a text first
 * @param words splits words into pieces
 * @param special texts that are a token as they stand, the longest first
 * @param before the ids in front of each text
 * @param after the ids behind it
 * @param padding the id that fills up rows
 * @param maxTokens the most that a row may have, with those in front and behind; what is beyond is cut
 */
record Tokenizer(Normalization normalization, WordPiece words, List<Map.Entry<String, Integer>> special,
        List<Integer> before, List<Integer> after, int padding, int maxTokens) {
    /** Longer stretches without a space are taken in parts, so that no text takes more memory than this. */
    private static final int LONGEST_STRETCH = 64 << 10;

    Tokenizer {
        special = special.stream().sorted((a, b) -> b.getKey().length() - a.getKey().length()).toList();
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** The ids of a text, with those in front and behind. Stops to read where there are enough. */
    int[] tokens(CharBuffer text) {
        TokenIds ids = new TokenIds(maxTokens - after.size());
        before.forEach(ids::add);
        StringBuilder stretch = new StringBuilder();
        int at = 0;
        while (at < text.length() && !ids.isFull()) {
            Map.Entry<String, Integer> token = specialAt(text, at);
            if (token != null) {
                flush(stretch, ids);
                ids.add(token.getValue());
                at += token.getKey().length();
                continue;
            }
            int character = Character.codePointAt(text, at);
            at += Character.charCount(character);
            take(character, stretch, ids);
        }
        flush(stretch, ids);
        int[] found = ids.toArray();
        int[] all = Arrays.copyOf(found, found.length + after.size());
        for (int i = 0; i < after.size(); i++) {
            all[found.length + i] = after.get(i);
        }
        return all;
    }

    private Map.@Nullable Entry<String, Integer> specialAt(CharBuffer text, int at) {
        for (Map.Entry<String, Integer> token : special) {
            String word = token.getKey();
            if (word.length() <= text.length() - at && word.charAt(0) == text.charAt(at)
                    && word.contentEquals(text.subSequence(at, at + word.length()))) {
                return token;
            }
        }
        return null;
    }

    private void take(int character, StringBuilder stretch, TokenIds ids) {
        if (normalization.drops(character)) {
            return;
        }
        if (Normalization.isSpace(character)) {
            flush(stretch, ids);
        } else if (normalization.isAlone(character)) {
            flush(stretch, ids);
            stretch.appendCodePoint(character);
            flush(stretch, ids);
        } else {
            stretch.appendCodePoint(character);
            if (stretch.length() >= LONGEST_STRETCH) {
                flush(stretch, ids);
            }
        }
    }

    private void flush(StringBuilder stretch, TokenIds ids) {
        if (stretch.isEmpty()) {
            return;
        }
        String text = normalization.of(stretch);
        stretch.setLength(0);
        int start = 0;
        int at = 0;
        while (at < text.length() && !ids.isFull()) {
            int character = text.codePointAt(at);
            int next = at + Character.charCount(character);
            boolean space = Normalization.isSpace(character);
            if (space || Normalization.isPunctuation(character)) {
                addWord(text, start, at, ids);
                if (!space) {
                    addWord(text, at, next, ids);
                }
                start = next;
            }
            at = next;
        }
        addWord(text, start, at, ids);
    }

    private void addWord(String text, int start, int end, TokenIds ids) {
        if (start < end && !ids.isFull()) {
            words.add(text.substring(start, end), ids);
        }
    }
}
