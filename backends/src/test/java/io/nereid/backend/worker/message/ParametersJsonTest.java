package io.nereid.backend.worker.message;

import io.nereid.inference.ParameterValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

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
            "{\"a\":123456789012345678901234567890}", "{} {}", "{\"a\":1}x", "{\"a\":1}]", "null", " "})
    void read_noParameters_isMalformed(String text) {
        assertThatThrownBy(() -> ParametersJson.read(text)).isInstanceOf(MalformedFrameException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.0, 1, 1e10, 0.1, 1e-320, Double.MAX_VALUE, Double.MIN_VALUE, Double.NaN,
            Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void write_everyReal_isReadAsItWas(double value) throws Exception {
        Map<String, ParameterValue> parameters = Map.of("r", new ParameterValue.Real(value));

        assertThat(ParametersJson.read(ParametersJson.write(parameters))).isEqualTo(parameters);
    }

    @Test
    void write_realThatIsNoFiniteNumber_isWhatPythonTakesForOne() {
        assertThat(ParametersJson.write(Map.of("r", new ParameterValue.Real(Double.NaN)))).isEqualTo("{\"r\":NaN}");
        assertThat(ParametersJson.write(Map.of("r", new ParameterValue.Real(Double.NEGATIVE_INFINITY))))
                .isEqualTo("{\"r\":-Infinity}");
    }

    @Test
    void read_whatPythonWrites_isReadInItsOrder() throws Exception {
        assertThat(ParametersJson.read("{\"z\": true, \"a\": -9223372036854775808, \"\": \"\\u00fc\\ud83d\\ude00\"}"))
                .containsExactly(Map.entry("z", new ParameterValue.Flag(true)),
                        Map.entry("a", new ParameterValue.Int(Long.MIN_VALUE)),
                        Map.entry("", new ParameterValue.Text("ü\ud83d\ude00")));
    }

    @Test
    void write_randomTexts_areReadAsTheyWere() throws Exception {
        Random random = new Random(5);
        for (int round = 0; round < 500; round++) {
            Map<String, ParameterValue> parameters = new LinkedHashMap<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                parameters.put(text(random), new ParameterValue.Text(text(random)));
                parameters.put("i" + i, new ParameterValue.Int(random.nextLong()));
                parameters.put("r" + i, new ParameterValue.Real(Double.longBitsToDouble(random.nextLong())));
            }
            assertThat(ParametersJson.read(ParametersJson.write(parameters))).isEqualTo(parameters);
        }
    }

    /** Any characters: quotes, controls, zeros and those of two units. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            int limit = random.nextInt(3) == 0 ? 0x110000 : 0x80;
            int character = random.nextInt(limit);
            text.appendCodePoint(character >= 0xd800 && character < 0xe000 ? '"' : character);
        }
        return text.toString();
    }
}
