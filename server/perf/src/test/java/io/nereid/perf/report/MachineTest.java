package io.nereid.perf.report;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MachineTest {
    @Test
    void processorsAndMemory_areSaid() {
        assertThat(Machine.describe(List.of("processor\t: 0", "model name\t: A: Model @ 2.00GHz", "model name\t: B"),
                List.of("MemTotal:       33554432 kB"), 2)).isEqualTo("2 x A: Model @ 2.00GHz, 32.0 GiB");
    }

    @Test
    void whatIsNotKnown_isLeftOut() {
        assertThat(Machine.describe(List.of(), List.of(), 4)).isEqualTo("4 x processor");
        assertThat(Machine.describe()).contains(System.getProperty("os.arch"));
    }
}
