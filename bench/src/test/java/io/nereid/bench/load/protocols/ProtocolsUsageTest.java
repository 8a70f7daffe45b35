package io.nereid.bench.load.protocols;

import io.nereid.bench.Usage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ProtocolsUsageTest {
    @Test
    void of_protocols_namesEveryProtocol() {
        assertThat(Usage.of("protocols")).contains(Protocol.labels());
    }
}
