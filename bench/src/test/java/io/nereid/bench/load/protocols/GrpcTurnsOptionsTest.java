package io.nereid.bench.load.protocols;

import io.nereid.perf.grpc.GrpcTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GrpcTurnsOptionsTest {
    @Test
    void parse_serversAndOptions() {
        assertThat(GrpcTurnsOptions.parse("a=127.0.0.1:8001,12", "b=127.0.0.1:8002,13", "--methods=stream",
                "--bytes=64", "--concurrency=1,8", "--seconds=2", "--warmup=0", "--rounds=3"))
                .isEqualTo(new GrpcTurnsOptions(
                        List.of(new RunningServer("a", 8001, 12), new RunningServer("b", 8002, 13)),
                        List.of(GrpcTransport.Method.STREAM), List.of(64), List.of(1, 8), 2, 0, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a=8001", "a=localhost:8001,2", "a=127.0.0.1:8001", "=127.0.0.1:8001,2",
            "a=127.0.0.1:x,2"})
    void parse_whatIsNoServer_saysWhatIsExpected(String server) {
        assertThatThrownBy(() -> GrpcTurnsOptions.parse(server)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("got '" + server + "' (expected NAME=127.0.0.1:PORT,PID)");
    }

    @Test
    void parse_withoutAServer_saysSo() {
        assertThatThrownBy(() -> GrpcTurnsOptions.parse("--bytes=64")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("got no server (expected NAME=127.0.0.1:PORT,PID)");
    }
}
