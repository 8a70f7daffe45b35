package io.nereid.server.model.loading;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuePolicy.TimeoutAction;
import io.nereid.scheduler.sequence.SequenceLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class QueueSettingsTest {
    private static final String TENSORS = """
            backend: "identity"
            input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
            output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
            """;

    @Test
    void of_nothingSaid_runsEveryRequestAloneWithoutLimits() throws Exception {
        assertThat(settings("max_batch_size: 8"))
                .isEqualTo(new QueueSettings(BatchPolicy.ALONE, PriorityLevels.NONE, false, 0, false, true));
    }

    @Test
    void of_dynamicBatching_prefersTheLargestBatchAndWaitsForNobody() throws Exception {
        assertThat(settings("max_batch_size: 8 dynamic_batching { }"))
                .isEqualTo(new QueueSettings(new BatchPolicy(8, List.of(8), 0), PriorityLevels.NONE, false, 0, true,
                        true));
    }

    @Test
    void of_everyField_isTakenOver() throws Exception {
        QueueSettings settings = settings("""
                max_batch_size: 16
                dynamic_batching {
                  preferred_batch_size: [ 4, 8 ]
                  max_queue_delay_microseconds: 150
                  priority_levels: 3
                  default_priority_level: 2
                  default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 7 max_queue_size: 9 }
                  priority_queue_policy { key: 1 value { allow_timeout_override: true } }
                }
                """);
        assertThat(settings).isEqualTo(new QueueSettings(new BatchPolicy(16, List.of(4, 8), 150_000),
                new PriorityLevels(3, 2, new QueuePolicy(TimeoutAction.DELAY, 7_000, false, 9),
                        Map.of(1L, new QueuePolicy(TimeoutAction.REJECT, 0, true, 0))),
                false, 0, true, true));
    }

    @Test
    void ofSequences_parameters_areTakenOver() throws Exception {
        ModelConfig config = config("""
                sequence_batching { max_sequence_idle_microseconds: 5 }
                parameters { key: "batching.max_open_sequences" value { string_value: "7" } }
                parameters { key: "queue_policy.max_queue_size" value { string_value: "9" } }
                parameters { key: "queue_policy.default_timeout_microseconds" value { string_value: "3" } }
                """);
        assertThat(QueueSettings.ofSequences(config, (SequenceBatchingConfig) config.scheduling()))
                .isEqualTo(new SequenceLimits(5_000, new QueuePolicy(TimeoutAction.REJECT, 3_000, false, 9), 7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            sequence_batching { } | queue_policy.timeout_action | DELAY | cannot change places
            sequence_batching { } | batching.adaptive           | false | is given without dynamic_batching
            sequence_batching { } | batching.max_sequences      | 3     | there is no parameter
            dynamic_batching { }  | batching.max_open_sequences | 3     | is given without sequence_batching
            """)
    void of_parameterOfAnotherScheduler_isRefused(String scheduling, String name, String value, String expected) {
        ModelConfig config = config(scheduling + " parameters { key: \"" + name + "\" value { string_value: \"" + value
                + "\" } }");
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> {
            if (config.scheduling() instanceof SequenceBatchingConfig sequences) {
                QueueSettings.ofSequences(config, sequences);
            } else {
                QueueSettings.of(config);
            }
        }).withMessageContaining(expected);
    }

    @Test
    void of_preserveOrdering_isTakenOver() throws Exception {
        assertThat(settings("max_batch_size: 8 dynamic_batching { preserve_ordering: true }").preserveOrdering())
                .isTrue();
    }

    @Test
    void of_asManyLevelsAsSixtyFourBitsCount_areTakenOver() throws Exception {
        QueueSettings settings = settings("""
                max_batch_size: 4
                dynamic_batching {
                  priority_levels: 18446744073709551615 default_priority_level: 18446744073709551614
                  priority_queue_policy { key: 18446744073709551615 value { max_queue_size: 5 } }
                }
                """);
        assertThat(settings.priorities().levelOf(0)).isEqualTo(-2);
        assertThat(settings.priorities().levelOf(-1)).isEqualTo(-1);
        assertThat(settings.priorities().policy(-1).maxQueueSize()).isEqualTo(5);
    }

    @Test
    void of_dynamicBatchingOfAModelThatCannotBatch_runsAloneAndKeepsThePolicy() throws Exception {
        QueueSettings settings = settings(
                "max_batch_size: 0 dynamic_batching { default_queue_policy { max_queue_size: 3 } }");
        assertThat(settings.batches().batches()).isFalse();
        assertThat(settings.priorities().policy(0).maxQueueSize()).isEqualTo(3);
    }

    @Test
    void of_parametersOfAModelWithoutBatching_areItsQueuePolicy() throws Exception {
        QueueSettings settings = settings(parameter("max_queue_size", "5")
                + parameter("default_timeout_microseconds", "20000") + parameter("timeout_action", "DELAY")
                + parameter("allow_timeout_override", "true"));
        assertThat(settings).isEqualTo(new QueueSettings(BatchPolicy.ALONE,
                PriorityLevels.of(new QueuePolicy(TimeoutAction.DELAY, 20_000_000, true, 5)), false, 0, false, true));
    }

    @Test
    void of_latencyTarget_leavesSizeAndDelayToTheBatcher() throws Exception {
        QueueSettings settings = settings("""
                max_batch_size: 32
                dynamic_batching { preferred_batch_size: 4 max_queue_delay_microseconds: 100 }
                parameters { key: "batching.target_p99_us" value { string_value: "20000" } }
                """);
        assertThat(settings.batches()).isEqualTo(new BatchPolicy(32, List.of(), 0));
        assertThat(settings.targetP99Nanos()).isEqualTo(20_000_000);
        assertThat(settings.describe()).contains("20000 us");
    }

    @Test
    void of_inlineExecution_isTakenOver() throws Exception {
        String off = " parameters { key: \"inline_execution\" value { string_value: \"off\" } }";
        assertThat(settings("max_batch_size: 8" + off).inline()).isFalse();
        assertThat(settings("max_batch_size: 8 dynamic_batching { }" + off).inline()).isFalse();
        assertThat(settings("max_batch_size: 8" + off.replace("off", "auto")).inline()).isTrue();
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> settings("max_batch_size: 8" + off.replace("off", "on")))
                .withMessageContaining("parameter 'inline_execution' is 'on' (expected auto or off)");
    }

    @Test
    void of_adaptiveSwitchedOff_isTakenOver() throws Exception {
        assertThat(settings("max_batch_size: 8 dynamic_batching { }").adaptive()).isTrue();
        assertThat(settings("""
                max_batch_size: 8 dynamic_batching { }
                parameters { key: "batching.adaptive" value { string_value: "false" } }
                """).adaptive()).isFalse();
    }

    @Test
    void of_latencyTargetWithoutBatching_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> settings(
                        "parameters { key: \"batching.target_p99_us\" value { string_value: \"20000\" } }"))
                .withMessageContaining("dynamic_batching");
    }

    @Test
    void of_misspeltParameter_isRefusedWithTheNamesThereAre() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> settings("""
                max_batch_size: 8 dynamic_batching { }
                parameters { key: "batching.target_p99_ms" value { string_value: "20" } }
                """)).withMessageContaining("batching.target_p99_ms").withMessageContaining("batching.target_p99_us");
    }

    @ParameterizedTest
    @CsvSource({"max_queue_size, -1, a number from 0", "max_queue_size, many, a number from 0",
            "default_timeout_microseconds, 1.5, a number from 0", "timeout_action, WAIT, DELAY or REJECT",
            "allow_timeout_override, yes, false or true", "max_que_size, 5, queue_policy.max_queue_size"})
    void of_parameterThatMakesNoSense_isRefusedWithWhatWasExpected(String name, String value, String expected) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> settings(parameter(name, value)))
                .withMessageContaining("unable to load model 'm'").withMessageContaining("queue_policy." + name)
                .withMessageContaining(expected);
    }

    private static String parameter(String name, String value) {
        return "parameters { key: \"queue_policy." + name + "\" value { string_value: \"" + value + "\" } }";
    }

    private static QueueSettings settings(String text) throws InferenceException {
        return QueueSettings.of(config(text));
    }

    private static ModelConfig config(String text) {
        return ModelConfigCompletion.complete(
                ModelConfigParser.parse("m", "config.pbtxt", TENSORS + text, file -> false), List.of(), List.of());
    }
}
