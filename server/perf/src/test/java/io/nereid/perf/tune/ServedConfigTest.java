package io.nereid.perf.tune;

import io.nereid.perf.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ServedConfigTest {
    @Test
    void anOnnxModelOnTheCpuTakesThreads() throws Exception {
        assertThat(ServedConfig.of(json("""
                {"backend": "onnxruntime", "max_batch_size": 8, "instance_group": [{"kind": "KIND_CPU"}]}""")))
                .isEqualTo(new ServedConfig(8, true, false));
    }

    @Test
    void onAGpuItDoesNot() throws Exception {
        assertThat(ServedConfig.of(json("""
                {"backend": "onnxruntime", "max_batch_size": 8, "instance_group": [{"kind": "KIND_GPU"}]}""")))
                .isEqualTo(new ServedConfig(8, false, true));
    }

    @Test
    void aModelWithoutBatchesIsTriedWithoutBatching() throws Exception {
        TuneOptions options = TuneOptions.parse(List.of("m", "--model-repository=r"));
        TunedConfig written = TunedConfig.parse("");

        SearchSpace space = SearchSpace.of(options, ServedConfig.of(json("{\"backend\": \"python\"}")), written, 4);

        assertThat(space.batchings()).containsExactly(new Batching.Off());
        assertThat(space.placements()).containsExactly(new Placement(1, 1), new Placement(2, 1), new Placement(4, 1));
    }

    @Test
    void theBatchingOfTheFileIsOneToBeginWith() throws Exception {
        TuneOptions options = TuneOptions.parse(List.of("m", "--model-repository=r", "--delays-us=0"));
        TunedConfig written = TunedConfig.parse("dynamic_batching { max_queue_delay_microseconds: 7 }");

        SearchSpace space = SearchSpace.of(options, new ServedConfig(8, true, false), written, 1);

        assertThat(space.batchings()).containsExactly(new Batching.Off(), new Batching.Dynamic(List.of(), 0),
                new Batching.Dynamic(List.of(), 7));
        assertThat(space.starts(written)).containsExactly(new Settings(new Placement(1, 1), new Batching.Off()),
                new Settings(new Placement(1, 1), written.batching()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"sequence_batching\": {}}",
            "{\"model_transaction_policy\": {\"decoupled\": true}}"})
    void whatCannotBeTunedIsSaid(String config) {
        assertThatThrownBy(() -> ServedConfig.of(json(config))).isInstanceOf(TuneException.class);
    }

    private static JsonObject json(String text) throws IOException {
        return JsonObject.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
