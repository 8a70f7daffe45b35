package gourmetgram;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OptionsTest {
    private static final Set<String> KNOWN = Set.of("port", "backend");

    private static Options parse(String... arguments) throws UsageException {
        return Options.parse(List.of(arguments), KNOWN);
    }

    @Test
    void ofAnOptionGivenTwice_theLaterHolds() throws UsageException {
        assertThat(parse("--port=1", "--port=2").number("port", 0, 0, 10)).isEqualTo(2);
    }

    @Test
    void withoutTheOption_theDefaultHolds() throws UsageException {
        assertThat(parse().number("port", 7, 0, 10)).isEqualTo(7);
        assertThat(parse().choice("backend", List.of("in-process", "http"))).isEqualTo("in-process");
    }

    @Test
    void aValueMayHaveAnEqualsSign() throws UsageException {
        assertThat(parse("--backend=a=b").text("backend", "")).isEqualTo("a=b");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--prt=1|unknown option '--prt=1'", "port=1|unknown option 'port=1'",
            "--port|--port: got no value (expected --port=value)"})
    void whatIsNoOption_isRefusedWithWhatIs(String argument, String text) {
        assertThatThrownBy(() -> parse(argument)).isInstanceOf(UsageException.class).hasMessageStartingWith(text);
    }

    @ParameterizedTest
    @CsvSource({"-1", "11", "x", "''"})
    void whatIsNoNumberInTheRange_isRefusedWithTheRange(String value) throws UsageException {
        Options options = parse("--port=" + value);
        assertThatThrownBy(() -> options.number("port", 0, 0, 10)).isInstanceOf(UsageException.class)
                .hasMessage("--port: got '" + value + "' (expected a number from 0 to 10)");
    }

    @Test
    void whatIsNoChoice_isRefusedWithTheChoices() throws UsageException {
        Options options = parse("--backend=soap");
        assertThatThrownBy(() -> options.choice("backend", List.of("in-process", "http")))
                .isInstanceOf(UsageException.class)
                .hasMessage("--backend: got 'soap' (expected in-process, http)");
    }
}
