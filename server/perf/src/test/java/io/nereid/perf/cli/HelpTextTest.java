package io.nereid.perf.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class HelpTextTest {
    @Test
    void reference_isTheHelp() throws IOException {
        assertThat(Files.readString(Path.of("../../docs/command-line/perf.txt")))
                .as("renew it: ./nereid perf --help >docs/command-line/perf.txt, when built").isEqualTo(HelpText.TEXT);
    }

    @Test
    void help_namesEveryFlag() {
        for (PerfFlag flag : PerfFlag.values()) {
            if ((flag.hasValue() && flag != PerfFlag.SERVICE_KIND) || flag == PerfFlag.STREAMING) {
                assertThat(HelpText.TEXT).contains(flag.option());
            }
        }
    }
}
