package io.nereid.backend.classify;

import java.util.Arrays;

/** Which classes are the likeliest. Stateless. */
final class Ranking {
    private static final long LAST = 0xffff_ffffL;

    private Ranking() {}

    /** The first {@code count} classes: the largest logit first, of equal ones the lower class, NaN last. */
    static int[] first(int count, float[] logits) {
        long[] keys = new long[logits.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (order(logits[i]) << 31) | i;
        }
        Arrays.sort(keys);
        int[] classes = new int[count];
        for (int i = 0; i < count; i++) {
            classes[i] = (int) (keys[i] & Integer.MAX_VALUE);
        }
        return classes;
    }

    /** A number of 32 bits that is the smaller the larger the logit is. */
    private static long order(float logit) {
        if (Float.isNaN(logit)) {
            return LAST;
        }
        int bits = Float.floatToIntBits(logit + 0f); // -0 as 0
        int ascending = bits >= 0 ? bits : ~bits ^ Integer.MIN_VALUE;
        return (long) Integer.MAX_VALUE - ascending;
    }
}
