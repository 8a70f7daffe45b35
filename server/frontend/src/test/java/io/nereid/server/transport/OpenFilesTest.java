package io.nereid.server.transport;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class OpenFilesTest {
    @Test
    void limit_linesOfLinux_isTheSoftOne() {
        List<String> lines = List.of("Limit                     Soft Limit           Hard Limit           Units     ",
                "Max processes             127235               127235               processes ",
                "Max open files            1024                 1048576              files     ");
        assertThat(OpenFiles.limit(lines)).hasValue(1024);
    }

    @Test
    void limit_noneSet_isAbsent() {
        assertThat(
                OpenFiles.limit(List.of("Max open files            unlimited            unlimited            files")))
                .isEmpty();
    }
}
