package io.nereid.bench.load.soak;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SoakOptionsTest {
    @Test
    void parse_nothing_isTwentyMinutesAtFullSpeed() {
        assertThat(SoakOptions.parse()).isEqualTo(
                new SoakOptions(20, OptionalInt.empty(), Optional.empty(), Path.of("examples/food11/models")));
    }

    @Test
    void parse_everyOption_replacesEveryDefault(@TempDir Path folder) {
        assertThat(SoakOptions.parse("--minutes=120", "--rate=300", "--table=t.md", "--food11=" + folder))
                .isEqualTo(new SoakOptions(120, OptionalInt.of(300), Optional.of(Path.of("t.md")), folder));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --minutes=3 | --minutes: got '3' (expected a number from 4 to 1440)
            --rate=0    | --rate: got '0' (expected a number from 10 to 1000000)
            --food11=/no | --food11: '/no' is no folder
            """)
    void parse_whatIsNotPossible_saysWhatIs(String argument, String message) {
        assertThatThrownBy(() -> SoakOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
