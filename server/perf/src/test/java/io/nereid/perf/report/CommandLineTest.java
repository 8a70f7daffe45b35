package io.nereid.perf.report;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class CommandLineTest {
    @Test
    void words_areQuotedAsAShellNeedsThem() {
        assertThat(CommandLine.of("nereid perf", List.of("-m", "it's", "--shape", "IN:3,224", "-f", "a b.csv", "")))
                .isEqualTo("nereid perf -m 'it'\\''s' --shape IN:3,224 -f 'a b.csv' ''");
    }

    /** The report goes to people who may not know the password. */
    @Test
    void valuesOfHeaders_areLeftOut() {
        assertThat(CommandLine.of("nereid perf", List.of("-H", "Authorization: Bearer secret", "-HX-Key:secret", "-H",
                "secret", "-m", "m"))).isEqualTo("nereid perf -H Authorization:... -HX-Key:... -H ... -m m");
    }
}
