package io.nereid.bench.load.flat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FlatOptionsTest {
    @Test
    void parse_nothing_isUpToAThousandModelsAndTenThousandConnections() {
        assertThat(FlatOptions.parse()).isEqualTo(new FlatOptions(List.of(1, 100, 1000), List.of(0, 1000, 10_000),
                List.of(1, 8), 5, 15, 5, Path.of("server/target/nereid")));
    }

    @Test
    void parse_everyOption_replacesEveryDefault(@TempDir Path folder) {
        FlatOptions options = FlatOptions.parse("--models=1,7", "--idle=0,5", "--busy=3", "--seconds=2", "--warmup=0",
                "--rounds=9", "--distribution=" + folder);

        assertThat(options)
                .isEqualTo(new FlatOptions(List.of(1, 7), List.of(0, 5), List.of(3), 2, 0, 9, folder));
        assertThat(options.launcher()).isEqualTo(folder.resolve("bin/nereid"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --models=0          | --models: got '0' (expected a number from 1 to 10000)
            --idle=20000        | --idle: got '20000' (expected a number from 0 to 16000)
            --distribution=/no  | --distribution: '/no' is no folder
            """)
    void parse_whatIsNotPossible_saysWhatIs(String argument, String message) {
        assertThatThrownBy(() -> FlatOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
