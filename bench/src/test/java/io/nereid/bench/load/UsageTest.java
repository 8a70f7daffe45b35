package io.nereid.bench.load;

import io.nereid.bench.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class UsageTest {
    @ParameterizedTest
    @ValueSource(strings = {"load", "batching", "protocols", "soak", "tail", "served", "bare", "flat", "cpu", "sim"})
    void of_everyCommand_saysHowItIsCalled(String name) {
        assertThat(Usage.of(name)).startsWith("usage: bench/run ").endsWith("\n").doesNotContain("%s");
    }

    @Test
    void of_load_namesEveryScenario() {
        assertThat(Usage.of("load")).contains(Scenario.labels());
    }
}
