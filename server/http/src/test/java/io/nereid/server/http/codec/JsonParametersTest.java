package io.nereid.server.http.codec;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a request's parameters mean: those the server knows, and those that are the backend's. */
class JsonParametersTest {
    private static JsonParameters read(String json) throws InferenceException {
        return read(json, RequestLimits.DEFAULT);
    }

    private static JsonParameters read(String json, RequestLimits limits) throws InferenceException {
        MemorySegment text = Json.inMemory(json);
        JsonScanner scanner = new JsonScanner(text, text.byteSize(), limits);
        JsonParameters parameters = new JsonParameters(scanner);
        parameters.read();
        scanner.expectEnd();
        return parameters;
    }

    private static RequestOptions options(String json) throws InferenceException {
        return read(json).options();
    }

    @Test
    void read_nothingTheServerKnows_areTheDefaultOptions() throws InferenceException {
        assertThat(options("{}")).isSameAs(RequestOptions.DEFAULT);
        assertThat(options("{\"x\":1}")).isSameAs(RequestOptions.DEFAULT);
        assertThat(options("{\"priority\":0,\"timeout\":0,\"sequence_id\":0,\"sequence_start\":false}"))
                .isSameAs(RequestOptions.DEFAULT);
    }

    @Test
    void read_eachOptionAlone_isSet() throws InferenceException {
        assertThat(options("{\"priority\":3}")).isEqualTo(new RequestOptions(3, 0, CorrelationId.none(), false, false));
        assertThat(options("{\"timeout\":9}")).isEqualTo(new RequestOptions(0, 9, CorrelationId.none(), false, false));
        assertThat(options("{\"sequence_id\":\"s\"}"))
                .isEqualTo(new RequestOptions(0, 0, CorrelationId.of("s"), false, false));
        assertThat(options("{\"sequence_start\":true}"))
                .isEqualTo(new RequestOptions(0, 0, CorrelationId.none(), true, false));
        assertThat(options("{\"sequence_end\":true}"))
                .isEqualTo(new RequestOptions(0, 0, CorrelationId.none(), false, true));
        assertThat(read("{\"binary_data_output\":true}").binaryByDefault()).isTrue();
        assertThat(read("{\"binary_data_output\":false}").binaryByDefault()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"0,``", "-0,``", "1,1", "18446744073709551615,18446744073709551615",
            "\"0\",0", "\"\",``", "\"a\\u00e9\",aé"})
    void sequenceId_numberOrText_isThat(String json, String id) throws InferenceException {
        CorrelationId expected = json.startsWith("\"") ? CorrelationId.of(id)
                : CorrelationId.of(id.isEmpty() ? 0 : Long.parseUnsignedLong(id));
        assertThat(options("{\"sequence_id\":" + json + "}").sequenceId()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.0", "1e3", "18446744073709551616", "NaN", "true", "null", "[]", "{}"})
    void sequenceId_anythingElse_isInternal(String json) {
        assertThatThrownBy(() -> read("{\"sequence_id\":" + json + "}"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL))
                .hasMessage("Unable to parse 'sequence_id': attempt to access JSON non-string as string");
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775807", "9223372036854775808", "18446744073709551615"})
    void timeout_fromTheLargestSignedNumberOn_isThat(String number) throws InferenceException {
        assertThat(options("{\"timeout\":" + number + "}").timeoutMicros()).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"priority", "timeout"})
    void numbers_beyondUnsigned_areInternal(String name) throws InferenceException {
        read("{\"" + name + "\":18446744073709551615}");
        for (String beyond : new String[]{"18446744073709551616", "-1", "1.0", "\"1\"", "true"}) {
            assertThatThrownBy(() -> read("{\"" + name + "\":" + beyond + "}"))
                    .hasMessage("Unable to parse '" + name
                            + "': attempt to access JSON non-unsigned-integer as unsigned-integer");
        }
    }

    @Test
    void custom_everyKind_isKeptInOrderAndTheFirstOfTwoCounts() throws InferenceException {
        Map<String, ParameterValue> custom = read("{\"z\":\"text\",\"a\":-9223372036854775808,\"m\":true,"
                + "\"r\":1.5,\"big\":9223372036854775808,\"e\":1e0,\"z\":2}").custom();
        assertThat(custom.keySet()).containsExactly("z", "a", "m", "r", "big", "e");
        assertThat(custom.values()).containsExactly(new ParameterValue.Text("text"),
                new ParameterValue.Int(Long.MIN_VALUE), new ParameterValue.Flag(true), new ParameterValue.Real(1.5),
                new ParameterValue.Real(0x1p63), new ParameterValue.Real(1));
        assertThatThrownBy(custom::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "null"})
    void custom_otherKinds_areInvalid(String json) {
        assertThatThrownBy(() -> read("{\"x\":" + json + "}"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("parameter 'x' has invalid type. It should be either 'int', 'bool', or 'string'.");
    }

    @Test
    void custom_reservedPrefix_isInvalid() throws InferenceException {
        assertThat(read("{\"triton\":1,\"Triton_x\":2,\"xtriton_\":3}").custom()).hasSize(3);
        for (String name : new String[]{"triton_", "triton_final_response", "\\u0074riton_x"}) {
            assertThatThrownBy(() -> read("{\"" + name + "\":1}"))
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                    .hasMessage(
                            "parameter keys starting with 'triton_' are reserved for Triton usage and should not be "
                                    + "specified.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "null", "\"x\""})
    void read_noObject_isInternal(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL))
                .hasMessage("failed to get request params.: attempt to get members for non-object");
    }

    @Test
    void readOutside_alreadyInParameters_keepsTheFirstAndCountsBoth() throws InferenceException {
        JsonScanner scanner = new JsonScanner(Json.inMemory("{\"a\":1} 2 3"), 11, new RequestLimits(2, 10, 100));
        JsonParameters parameters = new JsonParameters(scanner);
        assertThat(parameters.present()).isFalse();
        parameters.read();
        parameters.readOutside("a");
        assertThat(parameters.present()).isTrue();
        assertThat(parameters.custom()).containsExactly(Map.entry("a", new ParameterValue.Int(1)));
        assertThatThrownBy(() -> parameters.readOutside("b"))
                .hasMessageStartingWith("request has 3 or more parameters (expected at most 2)");
    }
}
