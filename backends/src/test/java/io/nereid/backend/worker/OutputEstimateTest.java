package io.nereid.backend.worker;

import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OutputEstimateTest {
    private static OutputEstimate estimate(String dims, int maxBatchSize) {
        return new OutputEstimate(ModelTensors.of(ModelConfigParser.parse("m", "config.pbtxt", """
                backend: "python" max_batch_size: %d
                input { name: "IN" data_type: TYPE_FP32 dims: [ 1 ] }
                output { name: "OUT" data_type: TYPE_FP32 dims: [ %s ] }
                """.formatted(maxBatchSize, dims), name -> false)));
    }

    @Test
    void bytes_knownShape_isThatForEachRow() {
        assertThat(estimate("3, 1000", 8).bytes(1)).isEqualTo(12_032);
        assertThat(estimate("3, 1000", 8).bytes(8)).isEqualTo(8 * 12_032);
    }

    @Test
    void bytes_shortOrUnknown_isNone() {
        assertThat(estimate("16", 8).bytes(8)).isZero();
        assertThat(estimate("-1", 8).bytes(8)).isZero();
        assertThat(estimate(Long.MAX_VALUE + ", 4", 0).bytes(1)).isZero();
    }

    @Test
    void took_more_isExpectedFromThenOn() {
        OutputEstimate estimate = estimate("-1", 8);

        estimate.took(40_000, 2);

        assertThat(estimate.bytes(2)).isEqualTo(40_064);
    }

    @Test
    void took_nothingForLong_isExpectedNoMore() {
        OutputEstimate estimate = estimate("3, 1000", 8);

        for (int i = 0; i < 64; i++) {
            estimate.took(0, 1);
        }

        assertThat(estimate.bytes(1)).isZero();
    }
}
