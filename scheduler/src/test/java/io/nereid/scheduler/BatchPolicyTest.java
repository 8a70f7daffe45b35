package io.nereid.scheduler;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchPolicyTest {
    @Test
    void of_sizesInAnyOrder_sortsThemAndDropsRepetitions() {
        assertThat(new BatchPolicy(8, List.of(4, 2, 8, 4), 0).preferredBatchSizes()).containsExactly(2, 4, 8);
    }

    @Test
    void batches_onlyIfMoreThanOneRowFits() {
        assertThat(BatchPolicy.ALONE.batches()).isFalse();
        assertThat(new BatchPolicy(2, List.of(), 0).batches()).isTrue();
    }

    @Test
    void of_whatCannotBe_isRefusedWithTheReason() {
        assertThatThrownBy(() -> new BatchPolicy(0, List.of(), 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxBatchSize: 0");
        assertThatThrownBy(() -> new BatchPolicy(1, List.of(), -5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxQueueDelayNanos: -5");
        assertThatThrownBy(() -> new BatchPolicy(4, List.of(2, 5), 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("preferredBatchSizes: [2, 5] (expected: from 1 to 4)");
        assertThatThrownBy(() -> new BatchPolicy(4, List.of(0), 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
