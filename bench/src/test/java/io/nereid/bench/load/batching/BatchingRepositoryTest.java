package io.nereid.bench.load.batching;

import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.config.SchedulingConfig.DefaultScheduling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

class BatchingRepositoryTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(BatchedModel.class)
    void config_withoutBatching_isOneThatTheServerReads(BatchedModel model) {
        ModelConfig config = parse(model, model.config(DynamicBatching.configWithout(250), 0));

        assertThat(config.maxBatchSize()).isEqualTo(BatchedModel.MAX_BATCH_SIZE);
        assertThat(config.scheduling()).isInstanceOf(DefaultScheduling.class);
        assertThat(config.parameters()).containsEntry("queue_policy.default_timeout_microseconds", "250000");
    }

    @Test
    void config_withBatching_saysWhatTheOptionsSay() {
        BatchingOptions options = BatchingOptions.parse("--delay-us=700", "--preferred=2,6", "--timeout-ms=20");

        ModelConfig config = parse(BatchedModel.RECURRENT,
                BatchedModel.RECURRENT.config(options.batching().config(20), 3));

        assertThat(config.scheduling()).isInstanceOfSatisfying(DynamicBatchingConfig.class, batching -> {
            assertThat(batching.preferredBatchSizes()).containsExactly(2, 6);
            assertThat(batching.maxQueueDelay()).isEqualTo(Duration.ofNanos(700_000));
            assertThat(batching.defaultQueuePolicy().defaultTimeout()).isEqualTo(Duration.ofMillis(20));
        });
    }

    @Test
    void add_model_writesItWithAndWithoutBatching() throws IOException {
        new BatchingRepository(folder, BatchingOptions.parse("--preferred=none")).add(BatchedModel.RECURRENT);

        assertThat(folder.resolve("recurrent/1/model.onnx")).hasBinaryContent(RecurrentModel.bytes());
        assertThat(folder.resolve("recurrent_batching/1/model.onnx")).hasBinaryContent(RecurrentModel.bytes());
        assertThat(Files.readString(folder.resolve("recurrent/config.pbtxt"))).doesNotContain("dynamic_batching");
        assertThat(Files.readString(folder.resolve("recurrent_batching/config.pbtxt")))
                .contains("dynamic_batching { max_queue_delay_microseconds: 1000 }");
    }

    private static ModelConfig parse(BatchedModel model, String text) {
        return ModelConfigParser.parse(model.label(), "config.pbtxt", text, _ -> false);
    }
}
