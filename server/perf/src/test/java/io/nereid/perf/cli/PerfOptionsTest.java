package io.nereid.perf.cli;

import io.nereid.perf.client.SequenceLengths;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.network.TlsFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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
            -m m -u grpc://localhost:8000                            | expected -i grpc, or another URL
            -m m -i grpc -u https://localhost:8000                   | expected -i http, or another URL
            -m m --ssl-https-verify-peer 0                           | without https:// (expected -u https://HOST:PORT)
            -m m -u https://h --ssl-https-verify-peer 2              | expected 0 for no, or 1)
            -m m -u https://h --ssl-https-verify-host 3              | expected 0 for no, or 1 or 2)
            -m m -u https://h --ssl-https-private-key-file k         | and its key: --ssl-https-client-certificate-file
            -m m -u https://h --ssl-https-private-key-type P12       | expected pem or der
            -m m -u https://h --ssl-grpc-use-ssl                     | expected -i grpc, or the flags --ssl-https-*
            -m m -i grpc --ssl-grpc-private-key-file k               | without --ssl-grpc-use-ssl (expected both)
            -m m --binary-search -l 5                                | expected --concurrency-range START:END
            -m m --binary-search -l 5 --concurrency-range 1:0        | expected --concurrency-range START:END
            -m m --binary-search --request-rate-range 1:5            | without --latency-threshold (expected both
            -m m --sequence-length 0                                 | at least 1
            -m m --sequence-length-variation 101                     | from 0.0 to 100.0
            -m m --sequence-id-range 5:5                             | expected START or START:END
            -m m --sequence-id-range 0                               | expected START or START:END
            -m m --start-sequence-id 0                               | at least 1
            -m m --start-sequence-id 2 --sequence-id-range 1         | got both
            -m m --sequence-length-variation 5 --input-data a.json   | expected --sequence-length as well
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
    void tls_ofHttp_isInTheUrl() throws UsageException {
        PerfOptions options = parse("-m", "m", "-u", "https://h:8443", "--ssl-https-ca-certificates-file", "ca.crt",
                "--ssl-https-client-certificate-file", "c.crt", "--ssl-https-private-key-file", "c.key",
                "--ssl-https-verify-host", "0", "--ssl-https-verify-peer", "1");
        assertThat(options.server()).hasToString("h:8443");
        assertThat(options.tls()).hasValue(new TlsFiles(Optional.of(Path.of("ca.crt")), Optional.of(Path.of("c.crt")),
                Optional.of(Path.of("c.key")), true, false));
        assertThat(parse("-m", "m", "-u", "http://h:8443").tls()).isEmpty();
    }

    @Test
    void tls_ofGrpc_isAFlagOrInTheUrl() throws UsageException {
        TlsFiles usual = new TlsFiles(Optional.empty(), Optional.empty(), Optional.empty(), true, true);
        assertThat(parse("-m", "m", "-i", "grpc", "--ssl-grpc-use-ssl").tls()).hasValue(usual);
        assertThat(parse("-m", "m", "-i", "grpc", "-u", "grpcs://h").tls()).hasValue(usual);
        assertThat(parse("-m", "m", "-i", "grpc").tls()).isEmpty();
    }

    @Test
    void sequences_areAsLongAsTheirData_unlessALengthIsGiven() throws UsageException {
        assertThat(parse("-m", "m").sequences().lengths()).isEqualTo(new SequenceLengths(OptionalInt.of(20), 20));
        assertThat(parse("-m", "m", "--input-data", "a.json").sequences().lengths().length()).isEmpty();
        assertThat(parse("-m", "m", "--input-data", "a.json", "--sequence-length", "7").sequences().lengths().length())
                .hasValue(7);
    }

    @Test
    void sequenceIds_areOfTheRange() throws UsageException {
        SequenceOptions bounded = parse("-m", "m", "--sequence-id-range", "5:8").sequences();
        assertThat(bounded.firstId()).isEqualTo(5);
        assertThat(bounded.endId()).isEqualTo(8);
        assertThat(bounded.given()).containsExactly(PerfFlag.SEQUENCE_ID_RANGE);
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> bounded.checkIds(4))
                .withMessageContaining("got 3 ids (expected at least 4");
        assertThat(parse("-m", "m", "--start-sequence-id", "5").sequences().firstId()).isEqualTo(5);
    }

    @Test
    void levels_endWhereTheySay_inSpiteOfRounding() throws UsageException {
        LevelRange range = LevelRange.parse(PerfFlag.REQUEST_RATE_RANGE, "0.1:0.3:0.1", false);
        assertThat(range.has(2)).isTrue();
        assertThat(range.has(3)).isFalse();
    }
}
