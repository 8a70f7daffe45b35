package io.nereid.backend.classify;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

final class ActivationTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    /** Probabilities of two classes whose logits are apart by a logarithm, however large the logits are. */
    @ParameterizedTest
    @ValueSource(floats = {0, 1, -1, 88, -104, 1_000, -1_000, 65_504, 1_048_576})
    void softmax_largeLogits_areStable(float around) {
        float[] seen = softmax(around, around + 1);

        assertThat(seen[0]).isCloseTo((float) 0.26894142137, within(1e-7f));
        assertThat(seen[1]).isCloseTo((float) 0.73105857863, within(1e-7f));
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 3.4028235e38f, -3.4028235e38f, 1e30f, Float.MIN_VALUE})
    void softmax_equalLogits_shareOne(float logit) {
        float[] logits = new float[7];
        Arrays.fill(logits, logit);

        assertThat(softmax(logits)).containsOnly(1f / 7);
    }

    @Test
    void softmax_ofTheLargestAndTheSmallest_isOneAndZero() {
        assertThat(softmax(Float.MAX_VALUE, -Float.MAX_VALUE)).containsExactly(1, 0);
        assertThat(softmax(0, -INFINITY, 0)).containsExactly(0.5f, 0, 0.5f);
        assertThat(softmax(-5)).containsExactly(1);
    }

    /** As PyTorch and NumPy have it: what has no probability is NaN, never a number that looks like one. */
    @Test
    void softmax_whereThereIsNone_isNan() {
        assertThat(softmax(Float.NaN, 1, 2)).containsOnly(Float.NaN);
        assertThat(softmax(INFINITY, INFINITY)).containsOnly(Float.NaN);
        assertThat(softmax(-INFINITY, -INFINITY)).containsOnly(Float.NaN);
    }

    @Test
    void softmax_manyClasses_sumToOne() {
        float[] logits = new float[100_000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = i % 17 - 8.5f;
        }
        double sum = 0;
        for (float probability : softmax(logits)) {
            sum += probability;
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
    }

    /** Each probability is one of the whole, not of those that are answered. */
    @Test
    void softmax_someClasses_areInTheirOrderAndOfAll() {
        float[] logits = {(float) Math.log(1), (float) Math.log(2), (float) Math.log(5)};

        float[] seen = Activation.SOFTMAX.of(logits, new int[]{2, 0});

        assertThat(seen).hasSize(2);
        assertThat(seen[0]).isCloseTo(0.625f, within(1e-6f));
        assertThat(seen[1]).isCloseTo(0.125f, within(1e-6f));
    }

    @ParameterizedTest
    @CsvSource({"0, 0.5", "1, 0.73105858", "-1, 0.26894142", "2, 0.88079708", "17, 0.99999996", "-17, 4.139938e-8",
            "1000, 1", "-1000, 0", "3.4e38, 1", "-3.4e38, 0", "Infinity, 1", "-Infinity, 0", "NaN, NaN",
            "-88, 6.054602e-39"})
    void sigmoid_logits_areByThemselves(float logit, float expected) {
        float[] seen = Activation.SIGMOID.of(new float[]{9, logit, Float.NaN}, new int[]{1});

        assertThat(seen).hasSize(1);
        if (Float.isNaN(expected)) {
            assertThat(seen[0]).isNaN();
        } else {
            assertThat(seen[0]).isCloseTo(expected, within(Math.max(Float.MIN_VALUE, expected * 1e-6f)));
        }
    }

    private static float[] softmax(float... logits) {
        return Activation.SOFTMAX.of(logits, IntStream.range(0, logits.length).toArray());
    }
}
