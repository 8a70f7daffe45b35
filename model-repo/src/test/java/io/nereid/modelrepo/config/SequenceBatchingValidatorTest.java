package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What a sequence batcher must say, and what it must not. */
class SequenceBatchingValidatorTest {
    private static final String START = "control_input { name: 'S' control { kind: CONTROL_SEQUENCE_START"
            + " int32_false_true: [ 0, 1 ] } }";

    private static String batching(String inner) {
        return TestConfigs.SOUND + "max_batch_size: 4 sequence_batching { " + inner + " }";
    }

    @ParameterizedTest
    @ValueSource(strings = {"", START, START + " direct { }", "oldest { max_candidate_sequences: 2 }",
            "control_input { name: 'S' control { kind: CONTROL_SEQUENCE_READY fp32_false_true: [ 0, 1 ] } }",
            "control_input { name: 'S' control { kind: CONTROL_SEQUENCE_END bool_false_true: [ false, true ] } }",
            "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } }",
            "control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } }",
            "direct { minimum_slot_utilization: 0 }", "direct { minimum_slot_utilization: 1 }",
            "max_sequence_idle_microseconds: 5", "state { input_name: 'I' output_name: 'O' data_type: TYPE_FP32"
                    + " dims: 4 initial_state { name: 'i' data_type: TYPE_FP32 dims: 4 data_file: 'a/b' } }",
            "state { input_name: 'I' output_name: 'O' data_type: TYPE_FP32 dims: -1 use_growable_memory: true"
                    + " use_same_buffer_for_input_output: true }"})
    void validate_soundBatching_hasNoProblem(String inner) {
        assertThat(TestConfigs.problemsBeforeTheBackend(batching(inner))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            control_input { control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } } | \
            sequence batching control tensor must have a name for m
            control_input { name: 'S' control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0 ] } } | \
            sequence batching control 'int32_false_true' must have exactly 2 entries for CONTROL_SEQUENCE_START for \
            m, got 1
            control_input { name: 'S' control { kind: CONTROL_SEQUENCE_READY fp32_false_true: [ 0, 1, 2 ] } } | \
            sequence batching control 'fp32_false_true' must have exactly 2 entries for CONTROL_SEQUENCE_READY for \
            m, got 3
            control_input { name: 'S' control { kind: CONTROL_SEQUENCE_END } } | \
            sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for \
            CONTROL_SEQUENCE_END for m
            control_input { name: 'S' control { int32_false_true: [ 0, 1 ] bool_false_true: [ false, true ] } } | \
            sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and \
            'bool_false_true' for CONTROL_SEQUENCE_START for m
            control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_FP32 } } | \
            unexpected data type for control CONTROL_SEQUENCE_CORRID for m. Allowed data types are TYPE_UINT64, \
            TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING, got TYPE_FP32 for tensor 'C'
            control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID } } | \
            unexpected data type for control CONTROL_SEQUENCE_CORRID for m. Allowed data types are TYPE_UINT64, \
            TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING, got TYPE_INVALID for tensor 'C'
            control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_INT32 \
            int32_false_true: [ 0, 1 ] } } | \
            sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for \
            CONTROL_SEQUENCE_CORRID for m
            direct { minimum_slot_utilization: -0.5 } | \
            sequence batching minimum slot utilization must be in range (0.0, 1.0] for m, got -0.5
            direct { minimum_slot_utilization: 1.5 } | \
            sequence batching minimum slot utilization must be in range (0.0, 1.0] for m, got 1.5
            direct { minimum_slot_utilization: nan } | \
            sequence batching minimum slot utilization must be in range (0.0, 1.0] for m, got NaN
            state { output_name: 'O' data_type: TYPE_FP32 dims: 1 } | \
            state must specify 'input_name' and 'output_name' for m
            state { input_name: 'I' output_name: 'O' dims: 1 } | state 'I' of m must specify 'data_type'
            state { input_name: 'I' output_name: 'O' data_type: TYPE_FP32 } | state 'I' of m must specify 'dims'
            state { input_name: 'I' output_name: 'O' data_type: TYPE_FP32 dims: 1 use_growable_memory: true } | \
            state 'I' of m uses growable memory, which needs 'use_same_buffer_for_input_output: true'
            state { input_name: 'I' output_name: 'O' data_type: TYPE_FP32 dims: 1 initial_state { data_file: '../x' \
            } } | \
            state 'I' of m must name a file inside the directory 'initial_state', got '../x'
            """)
    void validate_faultyBatching_isOneProblem(String inner, String problem) {
        assertThat(TestConfigs.problemsBeforeTheBackend(batching(inner))).containsExactly(problem);
    }

    @Test
    void validate_sameControlTwice_isAProblemOfTheSecond() {
        assertThat(TestConfigs.problems(batching("\n" + START + "\n" + START.replace("'S'", "'T'"))))
                .containsExactly("6:43 sequence batching specifies multiple CONTROL_SEQUENCE_START tensors for m");
    }

    @Test
    void validate_sameTensorTwice_isAProblemOfTheSecond() {
        assertThat(TestConfigs.problems(batching("\n" + START + "\n" + START.replace("START", "END"))))
                .containsExactly("6:23 sequence batching control tensor 'S' is specified for multiple control kinds"
                        + " for m");
    }

    @Test
    void validate_severalFaults_areAllProblems() {
        assertThat(TestConfigs.problemsBeforeTheBackend(batching(
                "control_input { name: 'S' control { kind: CONTROL_SEQUENCE_END } } direct {"
                        + " minimum_slot_utilization: 2 } state { input_name: 'I' output_name: 'O' }")))
                .hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            oldest { preferred_batch_size: 0 }        | \
            sequence batching preferred batch size must be positive for m, got 0
            oldest { preferred_batch_size: -1 }       | \
            sequence batching preferred batch size must be positive for m, got -1
            oldest { preferred_batch_size: [ 4, 5 ] } | \
            sequence batching preferred batch size must be <= max batch size for m, got 5 with max_batch_size 4
            """)
    void validate_preferredBatchSize_isOneThatTheModelTakes(String inner, String problem) {
        assertThat(TestConfigs.problemsBeforeTheBackend(batching(inner))).containsExactly(problem);
    }

    @Test
    void validate_preferredBatchSizeWithoutMaximum_isAProblemOnceTheBackendHasSaidNone() {
        String text = TestConfigs.SOUND + "dynamic_batching { preferred_batch_size: 2 }";
        assertThat(TestConfigs.problemsBeforeTheBackend(text)).isEmpty();
        assertThat(TestConfigs.problems(text)).containsExactly("4:42 dynamic batching preferred size must be <= max"
                + " batch size for m, got 2 with max_batch_size 0");
    }
}
