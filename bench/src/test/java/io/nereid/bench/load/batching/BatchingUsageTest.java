package io.nereid.bench.load.batching;

import io.nereid.bench.Usage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BatchingUsageTest {
    @Test
    void of_batching_namesEveryModel() {
        assertThat(Usage.of("batching")).contains(BatchedModel.labels());
    }
}
