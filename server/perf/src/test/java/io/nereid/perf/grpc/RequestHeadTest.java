package io.nereid.perf.grpc;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** As another implementation of HPACK reads it. */
class RequestHeadTest {
    private final DefaultHttp2HeadersDecoder server = new DefaultHttp2HeadersDecoder();

    private void check(byte[] block, String scheme, String authority) throws Http2Exception {
        Http2Headers headers = server.decodeHeaders(1, Unpooled.wrappedBuffer(block));
        assertThat(headers.method()).hasToString("POST");
        assertThat(headers.scheme()).hasToString(scheme);
        assertThat(headers.path()).hasToString("/inference.GRPCInferenceService/ModelInfer");
        assertThat(headers.authority()).hasToString(authority);
        assertThat(headers.get("content-type")).hasToString("application/grpc");
        assertThat(headers.get("te")).hasToString("trailers");
        assertThat(headers.size()).isEqualTo(6);
    }

    @Test
    void head_inFullAndThenByTheTable_isTheSame() throws Http2Exception {
        RequestHead head = new RequestHead(false, "localhost:8001", "/inference.GRPCInferenceService/ModelInfer");
        check(head.full(), "http", "localhost:8001");
        check(head.indexed(), "http", "localhost:8001");
        check(head.indexed(), "http", "localhost:8001");
        assertThat(head.indexed()).hasSize(6);
    }

    @Test
    void encryptedConnections_haveAnotherScheme() throws Http2Exception {
        RequestHead head = new RequestHead(true, "h:1", "/inference.GRPCInferenceService/ModelInfer");
        check(head.full(), "https", "h:1");
        check(head.indexed(), "https", "h:1");
    }

    @Test
    void longTexts_haveLongLengths() throws Http2Exception {
        String authority = "a".repeat(300) + ":8001";
        check(new RequestHead(false, authority, "/inference.GRPCInferenceService/ModelInfer").full(), "http",
                authority);
    }
}
