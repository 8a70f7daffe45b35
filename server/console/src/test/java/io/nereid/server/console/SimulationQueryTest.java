package io.nereid.server.console;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.scheduler.BatchPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SimulationQueryTest {
    private static final BatchPolicy CURRENT = new BatchPolicy(8, List.of(4), 3_000);

    @Test
    void proposed_nothingIsNamed_isWhatThereIs() throws InferenceException {
        assertThat(SimulationQuery.proposed("/x", CURRENT)).isEqualTo(CURRENT);
    }

    @Test
    void proposed_bothAreNamed_takeTheirPlaces() throws InferenceException {
        assertThat(SimulationQuery.proposed("/x?max_queue_delay_microseconds=500&preferred_batch_size=8,%202", CURRENT))
                .isEqualTo(new BatchPolicy(8, List.of(2, 8), 500_000));
        assertThat(SimulationQuery.proposed("/x?preferred_batch_size=", CURRENT))
                .isEqualTo(new BatchPolicy(8, List.of(), 3_000));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "max_queue_delay_microseconds=-1 | max_queue_delay_microseconds: got '-1' (expected a whole number from 0 to 10000000)",
            "max_queue_delay_microseconds=99999999999999999999 | expected a whole number from 0 to 10000000",
            "preferred_batch_size=9 | preferred_batch_size: got '9' (expected a whole number from 1 to 8)",
            "preferred_batch_size=4,,8 | preferred_batch_size: got ''", "preferred_batch_size=%zz | cannot be read"})
    void proposed_nonsense_saysWhatIsExpected(String query, String said) {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> SimulationQuery.proposed("/x?" + query, CURRENT)).satisfies(error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
                    assertThat(error.text()).contains(said);
                });
    }
}
