package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.logging.LoggingConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LogSettingsReaderTest {
    /** Everything differs from what the requests below set. */
    private static final LoggingConfig BEFORE = new LoggingConfig(2, false, false, false,
            LoggingConfig.Format.DEFAULT, Optional.of(Path.of("server.log")), Optional.of("-"));

    private static LoggingConfig changed(String json) throws InferenceException {
        return LogSettingsReader.read(Json.inMemory(json)).apply(BEFORE);
    }

    @Test
    void read_eachSettingAlone_changesOnlyThat() throws InferenceException {
        assertThat(changed("{\"log_info\":true}")).isEqualTo(BEFORE.withInfo(true));
        assertThat(changed("{\"log_warning\":true}")).isEqualTo(BEFORE.withWarning(true));
        assertThat(changed("{\"log_error\":true}")).isEqualTo(BEFORE.withError(true));
        assertThat(changed("{\"log_verbose_level\":0}")).isEqualTo(BEFORE.withVerbose(0));
        assertThat(changed("{\"log_format\":\"ISO8601\"}"))
                .isEqualTo(BEFORE.withFormat(LoggingConfig.Format.ISO8601));
    }

    @Test
    void read_nullUnknownOrNothing_changesNothing() throws InferenceException {
        assertThat(changed(" { } ")).isEqualTo(BEFORE);
        assertThat(changed("{\"log_info\":null,\"log_verbose_level\":null,\"log_format\":null,\"log_file\":null}"))
                .isEqualTo(BEFORE);
        assertThat(changed("{\"log\":[{\"log_info\":true}],\"LOG_INFO\":true,\"\":0}")).isEqualTo(BEFORE);
    }

    @Test
    void read_settingTwice_theLastCounts() throws InferenceException {
        assertThat(changed("{\"log_info\":true,\"log_info\":false}")).isEqualTo(BEFORE);
        assertThat(changed("{\"log_verbose_level\":5,\"log_verbose_level\":6}").verbose()).isEqualTo(6);
    }

    @Test
    void read_change_appliesToWhateverHoldsThen() throws InferenceException {
        var change = LogSettingsReader.read(Json.inMemory("{\"log_error\":false}"));
        assertThat(change.apply(LoggingConfig.DEFAULT)).isEqualTo(LoggingConfig.DEFAULT.withError(false));
        assertThat(change.apply(BEFORE)).isEqualTo(BEFORE);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2147483647,2147483647", "2147483648,2147483647", "9223372036854775808,2147483647",
            "18446744073709551615,2147483647"})
    void read_verboseLevel_isAtMostTheLargestInt(String number, int level) throws InferenceException {
        assertThat(changed("{\"log_verbose_level\":" + number + "}").verbose()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"log_file\":\"x\"}|UNSUPPORTED|log file location can not be updated through network protocol",
            "{\"log_file\":7}|UNSUPPORTED|log file location can not be updated through network protocol",
            "{\"log_info\":1}|INTERNAL|attempt to access JSON non-boolean as boolean",
            "{\"log_warning\":\"true\"}|INTERNAL|attempt to access JSON non-boolean as boolean",
            "{\"log_error\":[]}|INTERNAL|attempt to access JSON non-boolean as boolean",
            "{\"log_verbose_level\":-1}|INTERNAL|attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"log_verbose_level\":18446744073709551616}|INTERNAL|attempt to access JSON non-unsigned-integer "
                    + "as unsigned-integer",
            "{\"log_format\":1}|INTERNAL|attempt to access JSON non-string as string",
            "{\"log_format\":\"iso8601\"}|UNAVAILABLE|invalid argument for --log_format, got: iso8601",
            "{\"log_info\":true|INTERNAL|failed to parse the request JSON buffer: Missing a comma or '}' after "
                    + "an object member. at 16",
            "{}{}|INTERNAL|failed to parse the request JSON buffer: The document root must not be followed by "
                    + "other values. at 2"})
    void read_faulty_failsAsTritonDoes(String json, ErrorCode code, String text) {
        assertThatThrownBy(() -> changed(json))
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(text);
    }
}
