package io.nereid.perf.process;

import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class ServerProcessTest {
    /** A server that has two of them listens on both. */
    @Test
    void freePorts_many_areDifferent() throws IOException {
        assertThat(ServerProcess.freePorts(300)).hasSize(300).doesNotHaveDuplicates();
    }
}
