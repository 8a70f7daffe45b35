package io.nereid.bench.load.protocols;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProtocolsOptionsTest {
    @Test
    void parse_nothing_comparesAllWithEightClients() {
        assertThat(ProtocolsOptions.parse()).isEqualTo(
                new ProtocolsOptions(List.of(Protocol.values()), List.of(64, 602_112), 8, 8, 10, 10, 1));
    }

    @Test
    void parse_everyOption_replacesEveryDefault() {
        assertThat(ProtocolsOptions.parse("--protocols=grpc-shm,http", "--bytes=4", "--concurrency=16",
                "--connections=3", "--seconds=5", "--warmup=0", "--rounds=2"))
                .isEqualTo(new ProtocolsOptions(List.of(Protocol.GRPC_SHARED_MEMORY, Protocol.HTTP), List.of(4), 16, 3,
                        5, 0, 2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --protocols=rest  | protocol 'rest' is unknown (expected one of http, grpc, grpc-stream, http-shm, grpc-shm, grpc-stream-shm)
            --bytes=6         | --bytes: got '6' (expected a multiple of 4, as the tensor is FP32)
            --connections=9   | --connections: got '9' (expected a number from 1 to 8)
            --clients=1       | got '--clients', which is no option
            """)
    void parse_whatIsNotKnown_saysWhatIsExpected(String argument, String message) {
        assertThatThrownBy(() -> ProtocolsOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
