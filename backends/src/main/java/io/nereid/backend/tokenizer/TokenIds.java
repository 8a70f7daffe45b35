package io.nereid.backend.tokenizer;

import java.util.Arrays;

/** The ids of a text's tokens. Keeps no more than a given number, and at most one word beyond it. Not thread-safe. */
final class TokenIds {
    private final int most;
    private int[] ids = new int[32];
    private int size;

    /** None yet. */
    TokenIds(int most) {
        this.most = most;
    }

    int size() {
        return size;
    }

    /** Whether there are as many as may be. */
    boolean isFull() {
        return size >= most;
    }

    void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
    }

    /** Drops all but the first. */
    void cut(int count) {
        size = Math.min(size, count);
    }

    int[] toArray() {
        return Arrays.copyOf(ids, Math.min(size, most));
    }
}
