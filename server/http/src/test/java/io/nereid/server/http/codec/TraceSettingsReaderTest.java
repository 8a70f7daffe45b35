package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.tracing.TraceLevel;
import io.nereid.server.tracing.TraceSettingsUpdate;
import io.nereid.server.tracing.TraceSettingsUpdate.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TraceSettingsReaderTest {
    private static TraceSettingsUpdate read(String json) throws InferenceException {
        return TraceSettingsReader.read(Json.inMemory(json));
    }

    @Test
    void read_everything_isSet() throws InferenceException {
        assertThat(read("{\"trace_level\":[\"TENSORS\",\"TIMESTAMPS\"],\"trace_rate\":\"4294967295\","
                + "\"trace_count\":\"-1\",\"log_frequency\":\"2147483647\"}"))
                .isEqualTo(new TraceSettingsUpdate(new Change.Set<>(Set.of(TraceLevel.TIMESTAMPS, TraceLevel.TENSORS)),
                        new Change.Set<>(4_294_967_295L), new Change.Set<>(-1),
                        new Change.Set<>(Integer.MAX_VALUE)));
    }

    @Test
    void read_null_clearsThatSettingOnly() throws InferenceException {
        assertThat(read("{\"trace_level\":null}")).isEqualTo(TraceSettingsUpdate.NONE.clear("trace_level"));
        assertThat(read("{\"trace_rate\":null}").rate()).isEqualTo(new Change.Clear<Long>());
        assertThat(read("{\"trace_count\":null}").count()).isEqualTo(new Change.Clear<Integer>());
        TraceSettingsUpdate update = read("{\"log_frequency\":null}");
        assertThat(update.logFrequency()).isEqualTo(new Change.Clear<Integer>());
        assertThat(update.rate()).isEqualTo(new Change.Keep<Long>());
    }

    @Test
    void read_unknownOrNothing_changesNothing() throws InferenceException {
        assertThat(read("{}").isEmpty()).isTrue();
        assertThat(read("{\"trace_mode\":\"triton\",\"x\":{\"trace_rate\":\"5\"},\"y\":null}").isEmpty()).isTrue();
    }

    @Test
    void read_settingTwice_theLastCounts() throws InferenceException {
        assertThat(read("{\"trace_rate\":\"5\",\"trace_rate\":\"6\"}").rate()).isEqualTo(new Change.Set<>(6L));
        assertThat(read("{\"trace_rate\":\"5\",\"trace_rate\":null}").rate()).isEqualTo(new Change.Clear<Long>());
    }

    @Test
    void read_levels_offIsNoneAndUnknownOnesAreLeftOut() throws InferenceException {
        assertThat(read("{\"trace_level\":[\"OFF\"]}").levels()).isEqualTo(new Change.Set<>(Set.of()));
        assertThat(read("{\"trace_level\":[\"TENSORS\",\"x\",\"TENSORS\"]}").levels())
                .isEqualTo(new Change.Set<>(Set.of(TraceLevel.TENSORS)));
        assertThat(read("{\"trace_level\":[]}").isEmpty()).isTrue();
        assertThat(read("{\"trace_level\":[\"x\"]}").isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"trace_file\":\"x\"}|UNSUPPORTED|trace file location can not be updated through network protocol",
            "{\"trace_file\":null}|UNSUPPORTED|trace file location can not be updated through network protocol",
            "{\"trace_level\":\"OFF\"}|INTERNAL|attempt to access JSON non-array as array",
            "{\"trace_level\":[\"TENSORS\",1]}|INTERNAL|attempt to access JSON non-string as string",
            "{\"trace_level\":[\"OFF\",\"TENSORS\"]}|INVALID_ARG|Expect only one trace level 'OFF' is specified",
            "{\"trace_rate\":1000}|INTERNAL|attempt to access JSON non-string as string",
            "{\"trace_rate\":\"4294967296\"}|INVALID_ARG|Unable to parse 'trace_rate', value is out of range [ 0, "
                    + "4294967295 ], got: 4294967296",
            "{\"trace_rate\":\"5s\"}|INVALID_ARG|Unable to parse 'trace_rate', got: 5s",
            "{\"trace_count\":\"-2\"}|INVALID_ARG|Unable to parse 'trace_count'. Expecting value >= -1, got:-2",
            "{\"log_frequency\":\"1.5\"}|INVALID_ARG|Unable to parse 'log_frequency', got: 1.5",
            "{\"log_frequency\":\"99999999999999999999\"}|INVALID_ARG|Unable to parse 'log_frequency', value is "
                    + "out of range [ 0, 2147483647 ], got: 99999999999999999999",
            "{\"trace_level\":[\"TENSORS\"|INTERNAL|failed to parse the request JSON buffer: Missing a comma or "
                    + "']' after an array element. at 25"})
    void read_faulty_failsAsTritonDoes(String json, ErrorCode code, String text) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.text()).isEqualTo(text);
                });
    }
}
