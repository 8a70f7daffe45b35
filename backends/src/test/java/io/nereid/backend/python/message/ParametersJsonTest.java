package io.nereid.backend.python.message;

import io.nereid.inference.ParameterValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ParametersJsonTest {
    @Test
    void write_everyKind_isReadAsItWas() throws Exception {
        Map<String, ParameterValue> parameters = new LinkedHashMap<>();
        parameters.put("text", new ParameterValue.Text("a \"quoted\" ü"));
        parameters.put("int", new ParameterValue.Int(Long.MIN_VALUE));
        parameters.put("flag", new ParameterValue.Flag(true));
        parameters.put("real", new ParameterValue.Real(0.25));

        String text = ParametersJson.write(parameters);

        assertThat(ParametersJson.read(text)).isEqualTo(parameters);
    }

    @Test
    void write_none_isEmpty() throws Exception {
        assertThat(ParametersJson.write(Map.of())).isEmpty();
        assertThat(ParametersJson.read("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "{\"a\":", "{\"a\":null}", "{\"a\":[1]}", "{\"a\":{}}", "{a:1}",
            "{\"a\":123456789012345678901234567890}"})
    void read_noParameters_isMalformed(String text) {
        assertThatThrownBy(() -> ParametersJson.read(text)).isInstanceOf(MalformedFrameException.class);
    }
}
