package io.nereid.perf.cli;

import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PerfOptionsTest {
    static PerfOptions parse(String... arguments) throws UsageException {
        return PerfOptions.parse(PerfArguments.parse(List.of(arguments)));
    }

    @Test
    void modelAlone_isMeasuredAsByPerfAnalyzer() throws UsageException {
        PerfOptions options = parse("-m", "model");
        assertThat(options.model()).isEqualTo("model");
        assertThat(options.server()).hasToString("localhost:8000");
        assertThat(options.protocol()).isEqualTo(Protocol.HTTP);
        assertThat(options.open()).isFalse();
        assertThat(options.levels()).isEqualTo(new LevelRange(1, 1, 1));
        assertThat(options.measurement().window()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.measurement().maxWindows()).isEqualTo(10);
        assertThat(options.clientTimeout()).isZero();
        assertThat(options.sharedMemory()).isEqualTo(SharedMemory.NONE);
        assertThat(options.inputFormat()).isEmpty();
    }

    @Test
    void everyFlag_isWhereItBelongs() throws UsageException {
        PerfOptions options = parse("-m", "model", "-x", "3", "-u", "[::1]:9", "-i", "GRPC", "--streaming",
                "--request-rate-range", "10:20.5:5", "--request-distribution", "poisson", "-p", "100", "-s", "5", "-r",
                "4", "--percentile", "99", "-l", "12.5", "--client-timeout", "250", "--max-threads", "2",
                "--shared-memory", "system", "-H", "a:b", "-H", "c:d");
        assertThat(options.version()).isEqualTo("3");
        assertThat(options.server()).hasToString("[::1]:9");
        assertThat(options.protocol()).isEqualTo(Protocol.GRPC_STREAM);
        assertThat(options.open()).isTrue();
        assertThat(options.levels()).isEqualTo(new LevelRange(10, 20.5, 5));
        assertThat(options.distribution()).isEqualTo(Load.Distribution.POISSON);
        assertThat(options.measurement().window()).isEqualTo(Duration.ofMillis(100));
        assertThat(options.measurement().stabilityPercent()).isEqualTo(5);
        assertThat(options.measurement().percentile()).hasValue(99);
        assertThat(options.latencyThresholdMillis()).hasValue(12.5);
        assertThat(options.clientTimeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(options.maxThreads()).isEqualTo(2);
        assertThat(options.headers()).isEqualTo("a:b\r\nc:d\r\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -b 2                                                     | which model? Give it as -m NAME
            -m m --concurrency-range 1 --request-rate-range 1        | got both (expected one of them)
            -m m --concurrency-range 1:0                             | needs --latency-threshold
            -m m --concurrency-range 5:1                             | the end not below the start
            -m m --concurrency-range 1.5                             | whole numbers above 0
            -m m --streaming                                         | expected -i grpc, which has streams
            -m m -i smtp                                             | expected http or grpc
            -m m --shared-memory cuda                                | not built here
            -m m -u https://localhost:8000                           | TLS is not built here
            -m m -u localhost:99999                                  | expected HOST:PORT
            -m m -H name                                             | expected Name:Value
            -m m --service-kind torchserve                           | expected triton
            -m m --client-timeout 0                                  | at least 1
            """)
    void whatDoesNotFit_isRefused(String arguments, String expected) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse(arguments.split(" ")))
                .withMessageContaining(expected);
    }

    @Test
    void levels_endWhereTheySay_inSpiteOfRounding() throws UsageException {
        LevelRange range = LevelRange.parse(PerfFlag.REQUEST_RATE_RANGE, "0.1:0.3:0.1", false);
        assertThat(range.has(2)).isTrue();
        assertThat(range.has(3)).isFalse();
    }
}
