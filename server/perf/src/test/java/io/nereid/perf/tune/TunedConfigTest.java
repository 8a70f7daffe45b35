package io.nereid.perf.tune;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TunedConfigTest {
    private static final String WRITTEN = """
            # ours
            platform: "onnxruntime_onnx"
            max_batch_size: 8
            input [{ name: "x" data_type: TYPE_FP32 dims: [ 3 ] }]
            instance_group [{ count: 2 kind: KIND_CPU }]
            dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 preserve_ordering: true }
            parameters { key: "intra_op_thread_count" value: { string_value: "2" } }
            """;

    @Test
    void saysWhatTheFileAsksFor() throws TuneException {
        TunedConfig config = TunedConfig.parse(WRITTEN);

        assertThat(config.batching()).isEqualTo(new Batching.Dynamic(List.of(4, 8), 100));
        assertThat(config.instances()).isEqualTo(2);
        assertThat(config.threads()).hasValue(2);
    }

    @Test
    void anEmptyFileAsksForNothing() throws TuneException {
        TunedConfig config = TunedConfig.parse("");

        assertThat(config.batching()).isEqualTo(new Batching.Off());
        assertThat(config.instances()).isEqualTo(1);
        assertThat(config.threads()).isEmpty();
    }

    @Test
    void whatIsTunedIsSetAndTheRestKept() throws TuneException {
        Settings settings = new Settings(new Placement(4, 1), new Batching.Dynamic(List.of(), 500));

        TunedConfig tuned = TunedConfig.parse(TunedConfig.parse(WRITTEN).with(settings, 8, true));

        assertThat(tuned.batching()).isEqualTo(settings.batching());
        assertThat(tuned.instances()).isEqualTo(4);
        assertThat(tuned.threads()).hasValue(1);
        assertThat(TunedConfig.parse(WRITTEN).with(settings, 8, true)).contains("KIND_CPU", "preserve_ordering: true",
                "name: \"x\"", "max_batch_size: 8");
    }

    @Test
    void batchingCanBeTakenOut() throws TuneException {
        Settings settings = new Settings(new Placement(1, 2), new Batching.Off());

        assertThat(TunedConfig.parse(WRITTEN).with(settings, 8, true)).doesNotContain("dynamic_batching");
    }

    @Test
    void threadsAreLeftAloneWhereTheBackendHasNone() throws TuneException {
        Settings settings = new Settings(new Placement(1, 1), new Batching.Off());

        assertThat(TunedConfig.parse("backend: 'python'").with(settings, 4, false))
                .doesNotContain("intra_op_thread_count").contains("max_batch_size: 4");
    }

    @Test
    void anEnsembleIsSentToItsSteps() {
        assertThatThrownBy(() -> TunedConfig.parse("ensemble_scheduling { step { model_name: 'a' } }"))
                .isInstanceOf(TuneException.class).hasMessageContaining("tune the models of its steps");
    }

    @Test
    void aFileThatCannotBeReadIsSaid() {
        assertThatThrownBy(() -> TunedConfig.parse("max_batch_sise: 8")).isInstanceOf(TuneException.class)
                .hasMessageContaining("max_batch_sise");
    }
}
