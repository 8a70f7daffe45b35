package io.nereid.scheduler;

import java.util.Arrays;

/** What requests must have in common to run together: equal keys. Made by {@link BatchCompatibility}. */
public final class BatchKey {
    /** The key of all requests to a model whose inputs have fixed shapes. */
    public static final BatchKey ANY = new BatchKey(new long[0], 0);

    private final long[] content;
    private final int hash;

    private BatchKey(long[] content, int hash) {
        this.content = content;
        this.hash = hash;
    }

    /** A key of this content; keys are compared only if they have the same odd {@code multiplier}. */
    static BatchKey of(long[] content, long multiplier) {
        long mixed = content.length;
        for (long number : content) {
            mixed = (mixed ^ number) * multiplier;
            mixed ^= mixed >>> 32;
        }
        return new BatchKey(content, (int) mixed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BatchKey key && key.hash == hash && Arrays.equals(key.content, content);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return Arrays.toString(content);
    }
}
