package io.nereid.backend.classify;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

final class RankingTest {
    private static final float[] EDGES = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE,
            -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 0f, -0f, 1f, -1f,
            Float.intBitsToFloat(0xffc00001), Float.intBitsToFloat(0x7f800001)};

    /** Against the definition: a class comes before another if its logit is larger, or equal and its number lower. */
    @Test
    void first_anyLogits_areInTheOrderThatIsDefined() {
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            float[] logits = new float[1 + random.nextInt(40)];
            for (int j = 0; j < logits.length; j++) {
                logits[j] = switch (random.nextInt(3)) {
                    case 0 -> EDGES[random.nextInt(EDGES.length)];
                    case 1 -> random.nextInt(5) - 2;
                    default -> Float.intBitsToFloat(random.nextInt());
                };
            }
            int[] ranked = Ranking.first(logits.length, logits);

            List<Integer> seen = new ArrayList<>();
            for (int j = 0; j < ranked.length; j++) {
                seen.add(ranked[j]);
                if (j > 0) {
                    assertThat(precedes(logits, ranked[j - 1], ranked[j])).as("%s: %s", logits, ranked).isTrue();
                }
            }
            assertThat(seen).doesNotHaveDuplicates();
            int count = 1 + random.nextInt(logits.length);
            assertThat(Ranking.first(count, logits)).containsExactly(Arrays.copyOf(ranked, count));
        }
    }

    private static boolean precedes(float[] logits, int first, int second) {
        float a = logits[first];
        float b = logits[second];
        boolean equal = a == b || (Float.isNaN(a) && Float.isNaN(b));
        return equal ? first < second : Float.isNaN(b) || a > b;
    }

    @Test
    void first_manyClasses_areTheirNumbers() {
        float[] logits = new float[100_000];
        logits[99_999] = 2;
        logits[70_000] = 1;

        assertThat(Ranking.first(4, logits)).containsExactly(99_999, 70_000, 0, 1);
    }
}
