package io.nereid.server.openapi;

import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SequenceIdTest {
    @ParameterizedTest
    @CsvSource(value = {"NONE, none", "NONE, dynamic_batching { }",
            "NUMBER, sequence_batching { }", "NONE, sequence_batching { iterative_sequence: true }",
            "NUMBER, sequence_batching { control_input { name: \"C\" control { kind: CONTROL_SEQUENCE_CORRID"
                    + " data_type: TYPE_UINT64 } } }",
            "TEXT, sequence_batching { control_input { name: \"C\" control { kind: CONTROL_SEQUENCE_CORRID"
                    + " data_type: TYPE_STRING } } }"})
    void of_scheduling_isWhatARequestMustSay(SequenceId expected, String scheduling) {
        String text = "backend: \"identity\" max_batch_size: 4 " + (scheduling.equals("none") ? "" : scheduling);
        assertThat(SequenceId.of(ModelConfigParser.parse("m", "config.pbtxt", text, _ -> false))).isEqualTo(expected);
    }
}
