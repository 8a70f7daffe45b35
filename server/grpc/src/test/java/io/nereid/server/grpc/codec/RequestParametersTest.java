package io.nereid.server.grpc.codec;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.server.grpc.codec.Parameter.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

import static io.nereid.server.grpc.codec.ParameterTest.int64;
import static io.nereid.server.grpc.codec.ParameterTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RequestParametersTest {
    @ParameterizedTest
    @CsvSource({"sequence_id,INT64 STRING,int64_param or string_param", "sequence_start,BOOL,bool_param",
            "sequence_end,BOOL,bool_param", "priority,INT64 UINT64,int64_param or uint64_param",
            "timeout,INT64,int64_param", "triton_enable_empty_final_response,BOOL,bool_param",
            "mine,BOOL INT64 STRING DOUBLE,'int64_param, bool_param, or string_param'"})
    void add_everyChoice_isTakenOrRefusedWithTheTypesThatAre(String name, String taken, String types) throws Exception {
        for (Choice choice : Choice.values()) {
            Parameter parameter = new Parameter(name, choice, 1, "s");
            if (taken.contains(choice.name())) {
                new RequestParameters().add(parameter);
            } else {
                refused(() -> add(parameter),
                        "invalid value type for '" + name + "' parameter, expected " + types + ".");
            }
        }
    }

    private static RequestParameters add(Parameter... parameters) throws InferenceException {
        RequestParameters all = new RequestParameters();
        for (Parameter parameter : parameters) {
            all.add(parameter);
        }
        return all;
    }

    @Test
    void options_numbersAtTheirBounds_areTakenOrRefused() throws Exception {
        assertThat(add(int64("timeout", -1)).options().timeoutMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(add(int64("timeout", Long.MAX_VALUE)).options().timeoutMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(add(int64("priority", Long.MAX_VALUE)).options().priority()).isEqualTo(Long.MAX_VALUE);
        refused(() -> add(int64("priority", Long.MIN_VALUE)),
                "invalid value -9223372036854775808 for 'priority' parameter, expected value >= 0.");
        assertThat(add(int64("sequence_id", -1)).options().sequenceId()).isEqualTo(CorrelationId.of(-1));
        assertThat(add(int64("sequence_id", 1)).options().sequenceId()).isEqualTo(CorrelationId.of(1));
    }

    @Test
    void options_whereEveryParameterHasItsDefault_areTheSharedOnes() throws Exception {
        RequestParameters defaults = add(int64("timeout", 0), int64("priority", 0), int64("sequence_id", 0),
                new Parameter("sequence_start", Choice.BOOL, 0, ""), new Parameter("sequence_end", Choice.BOOL, 0, ""));
        assertThat(defaults.options()).isSameAs(RequestOptions.DEFAULT);
        assertThat(defaults.emptyFinal()).isFalse();
        assertThat(defaults.custom()).isEmpty();
        defaults.add(new Parameter("sequence_end", Choice.BOOL, 1, ""));
        assertThat(defaults.options()).isEqualTo(new RequestOptions(0, 0, CorrelationId.none(), false, true));
    }

    @Test
    void custom_sameNameTwice_hasTheLastValueAndCannotBeChanged() throws Exception {
        RequestParameters all = add(int64("b", 1), int64("a", 2), new Parameter("b", Choice.STRING, 0, "last"));
        assertThat(all.custom()).containsExactly(Map.entry("b", new ParameterValue.Text("last")),
                Map.entry("a", new ParameterValue.Int(2)));
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> all.custom().clear());
    }
}
