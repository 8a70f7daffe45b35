package io.nereid.bench.load.tail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TailOptionsTest {
    private static final Path DISTRIBUTION = Path.of("server/target/nereid");
    private static final Path FOOD11 = Path.of("examples/food11/models");

    @Test
    void parse_nothing_measuresFromTheTenthSecondOn() {
        assertThat(TailOptions.parse())
                .isEqualTo(new TailOptions(List.of(1, 8, 16), 24, 10, 1, DISTRIBUTION, FOOD11));
    }

    @Test
    void parse_everyOption_replacesEveryDefault(@TempDir Path folder) {
        TailOptions options = TailOptions.parse("--concurrency=2", "--seconds=30", "--settle=20", "--rounds=3",
                "--distribution=" + folder, "--food11=" + folder);

        assertThat(options).isEqualTo(new TailOptions(List.of(2), 30, 20, 3, folder, folder));
        assertThat(options.launcher()).isEqualTo(folder.resolve("bin/nereid"));
        assertThat(options.model()).isEqualTo(folder.resolve("food_classifier_onnx/1/model.onnx"));
    }

    @Test
    void parse_shortTurn_leavesOneSecondThatCounts() {
        assertThat(TailOptions.parse("--seconds=4").settleSeconds()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --settle=24        | --settle: got '24' (expected a number from 0 to 23)
            --rounds=0         | --rounds: got '0' (expected a number from 1 to 100)
            --distribution=/no | --distribution: '/no' is no folder
            --clients=1        | got '--clients', which is no option
            """)
    void parse_whatIsNotKnown_saysWhatIsExpected(String argument, String message) {
        assertThatThrownBy(() -> TailOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
