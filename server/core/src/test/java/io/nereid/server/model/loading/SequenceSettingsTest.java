package io.nereid.server.model.loading;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.sequence.ControlInput;
import io.nereid.scheduler.sequence.SequenceStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class SequenceSettingsTest {
    private static SequenceSettings settings(String text) throws Exception {
        ModelConfig config = ModelConfigCompletion.complete(ModelConfigParser.parse("m", "config.pbtxt", """
                backend: "identity"
                input { name: "x" data_type: TYPE_FP32 dims: 1 }
                output { name: "y" data_type: TYPE_FP32 dims: 1 }
                """ + text, _ -> false), List.of(), List.of());
        return SequenceSettings.of(config, (SequenceBatchingConfig) config.scheduling());
    }

    @Test
    void of_direct_hasARowForEachOfTheBatch() throws Exception {
        SequenceSettings settings = settings("""
                max_batch_size: 8
                sequence_batching { direct { max_queue_delay_microseconds: 3 minimum_slot_utilization: 0.5 } }
                """);
        assertThat(settings.strategy()).isEqualTo(new SequenceStrategy.Direct(8, 3_000, 0.5f));
        assertThat(settings.preserveOrdering()).isFalse();
    }

    @Test
    void of_nothingSaid_isDirectWithOneRowWhereNothingIsBatched() throws Exception {
        assertThat(settings("sequence_batching { }").strategy()).isEqualTo(new SequenceStrategy.Direct(1, 0, 0));
    }

    @Test
    void of_oldest_isTakenOver() throws Exception {
        SequenceSettings settings = settings("""
                max_batch_size: 8
                sequence_batching { oldest { max_candidate_sequences: 100 preferred_batch_size: [ 2, 4 ]
                  max_queue_delay_microseconds: 3 preserve_ordering: true } }
                """);
        assertThat(settings.strategy())
                .isEqualTo(new SequenceStrategy.Oldest(100, new BatchPolicy(8, List.of(2, 4), 3_000)));
        assertThat(settings.preserveOrdering()).isTrue();
    }

    @Test
    void of_oldestWithoutCandidates_hasAsManyAsABatch() throws Exception {
        assertThat(settings("max_batch_size: 8 sequence_batching { oldest { } }").strategy())
                .isEqualTo(new SequenceStrategy.Oldest(8, new BatchPolicy(8, List.of(8), 0)));
        assertThat(settings("sequence_batching { oldest { } }").strategy())
                .isEqualTo(new SequenceStrategy.Oldest(1, new BatchPolicy(1, List.of(), 0)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            control_input { name: "C" } | tensor 'C' must have a control for m
            control_input { name: "C" control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } \
            control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } } | \
            tensor 'C' is specified for multiple control kinds for m
            control_input { name: "x" control { kind: CONTROL_SEQUENCE_READY bool_false_true: [ false, true ] } } | \
            tensor 'x' is an input of m too
            state { input_name: "x" output_name: "s" data_type: TYPE_FP32 dims: 1 } | state 'x' of m is an input too
            """)
    void of_tensorWithTwoValuesOrNone_isAnError(String config, String expected) {
        InferenceException e = catchThrowableOfType(InferenceException.class,
                () -> settings("sequence_batching { " + config + " }"));

        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(e.text()).contains(expected);
    }

    @Test
    void of_controls_haveTheirTypesAndValues() throws Exception {
        SequenceSettings settings = settings("""
                sequence_batching { control_input [
                  { name: "S" control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 3, 4 ] } },
                  { name: "E" control { kind: CONTROL_SEQUENCE_END fp32_false_true: [ -0.5, 1 ] } },
                  { name: "R" control { kind: CONTROL_SEQUENCE_READY bool_false_true: [ false, true ] } },
                  { name: "I" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } } ] }
                """);
        assertThat(settings.controls()).containsExactly(
                new ControlInput.Flag("S", ControlInput.Fact.START, DataType.INT32, 3, 4),
                new ControlInput.Flag("E", ControlInput.Fact.END, DataType.FP32, -0.5, 1),
                new ControlInput.Flag("R", ControlInput.Fact.READY, DataType.BOOL, 0, 1),
                new ControlInput.Id("I", DataType.BYTES));
    }
}
