package io.nereid.server.grpc.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class GrpcHeadersTest {
    private static final Metadata.Key<String> TEXT = Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<byte[]> BYTES = Metadata.Key.of("x-bytes-bin",
            Metadata.BINARY_BYTE_MARSHALLER);

    private static Http2Headers request() {
        return new DefaultHttp2Headers().method("POST").path("/s/m").scheme("http").authority("here")
                .add(AsciiString.of("te"), AsciiString.of("trailers"))
                .add(AsciiString.of("content-type"), AsciiString.of("application/grpc"));
    }

    @ParameterizedTest
    @CsvSource({"application/grpc, true", "application/grpc+proto, true", "application/grpc;v=1, true",
            "APPLICATION/GRPC, true", "application/grpcweb, false", "application/json, false", "'', false"})
    void isGrpc_contentTypes(String type, boolean expected) {
        assertThat(GrpcHeaders.isGrpc(type)).isEqualTo(expected);
    }

    @Test
    void metadata_hasAllButHeadersOfHttp() {
        Metadata metadata = GrpcHeaders.metadata(request().add("x-text", "one").add("x-text", "two")
                .add("x-bytes-bin", "AQI=,Aw"));
        assertThat(metadata.getAll(TEXT)).containsExactly("one", "two");
        assertThat(metadata.getAll(BYTES)).usingRecursiveFieldByFieldElementComparator()
                .containsExactly(new byte[]{1, 2}, new byte[]{3});
        assertThat(metadata.keys()).containsExactlyInAnyOrder("content-type", "x-text", "x-bytes-bin");
    }

    @Test
    void metadata_binaryThatIsNone_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GrpcHeaders.metadata(request().add("x-bytes-bin", "!")));
    }

    @Test
    void trailers_haveStatusTextAndMetadata() {
        Metadata metadata = new Metadata();
        metadata.put(TEXT, "more");
        metadata.put(BYTES, new byte[]{1, 2});
        Http2Headers trailers = GrpcHeaders.trailers(Status.NOT_FOUND.withDescription("no 100% \u00e9\n"), metadata);
        assertThat(trailers.get("grpc-status")).hasToString("5");
        assertThat(trailers.get("grpc-message")).hasToString("no 100%25 %C3%A9%0A");
        assertThat(trailers.get("x-text")).hasToString("more");
        assertThat(trailers.get("x-bytes-bin")).hasToString("AQI");
        assertThat(trailers.status()).isNull();
        assertThat(GrpcHeaders.onlyTrailers(Status.NOT_FOUND, metadata).status()).hasToString("200");
    }

    @ParameterizedTest
    @CsvSource({"1H, 3600000000000", "2M, 120000000000", "3S, 3000000000", "4m, 4000000", "5u, 5000", "6n, 6",
            "99999999S, 99999999000000000"})
    void timeout_ofEachUnit(String text, long nanos) {
        assertThat(GrpcTimeout.nanos(text)).isEqualTo(OptionalLong.of(nanos));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "5", "5s", "-5S", "100000000S", "1.5S"})
    void timeout_thatIsNone(String text) {
        assertThat(GrpcTimeout.nanos(text)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestHead.of(request().add(GrpcTimeout.NAME, text)))
                .withMessageContaining("expected up to eight digits");
    }

    @ParameterizedTest
    @CsvSource({"gzip, true", "'identity, gzip', true", "'identity,deflate', false", "gzipped, false"})
    void accepts_encodings(String accepted, boolean expected) {
        assertThat(RequestHead.of(request().add("grpc-accept-encoding", accepted)).accepts("gzip")).isEqualTo(expected);
    }
}
