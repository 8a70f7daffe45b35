package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LoadOptionsTest {
    @Test
    void parse_nothing_takesEveryScenarioAtOneAndEight() {
        LoadOptions options = LoadOptions.parse();

        assertThat(options.scenarios()).containsExactly(Scenario.values());
        assertThat(options.concurrencies()).containsExactly(1, 8);
    }

    @Test
    void parse_everyOption_replacesEveryDefault() {
        LoadOptions options = LoadOptions.parse("--scenarios=identity_602KB,identity_64B", "--concurrency=2,32,4",
                "--seconds=5", "--warmup=0", "--rounds=3", "--http-threads=7", "--food11=src");

        assertThat(options.scenarios()).containsExactly(Scenario.IDENTITY_602KB, Scenario.IDENTITY_64B);
        assertThat(options.concurrencies()).containsExactly(2, 32, 4);
        assertThat(options.highestConcurrency()).isEqualTo(32);
        assertThat(options.seconds()).isEqualTo(5);
        assertThat(options.warmupSeconds()).isZero();
        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.httpThreads()).isEqualTo(7);
        assertThat(options.food11()).hasToString("src");
    }

    @Test
    void parse_unknownScenario_namesTheKnownOnes() {
        assertThatThrownBy(() -> LoadOptions.parse("--scenarios=identity"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scenario 'identity' is unknown (expected one of identity_64B, ");
    }

    @Test
    void parse_numberOutOfRange_saysTheRange() {
        assertThatThrownBy(() -> LoadOptions.parse("--seconds=0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--seconds: got '0' (expected a number from 1 to 600)");
    }

    @Test
    void parse_folderThatIsNone_isRefused() {
        assertThatThrownBy(() -> LoadOptions.parse("--food11=/no/such/folder"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--food11: '/no/such/folder' is no folder");
    }

    @Test
    void parse_unknownOption_isRefused() {
        assertThatThrownBy(() -> LoadOptions.parse("--second=3")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'--second'");
    }
}
