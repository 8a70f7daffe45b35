package io.nereid.perf.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Against blocks that another implementation of HPACK wrote, and those of RFC 7541. */
class CallHeadTest {
    private static CallHead read(String hex) throws IOException {
        return CallHead.read(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
    }

    /** As a server writes them that was told to keep no table; with Huffman codes from that length of a text on. */
    private static CallHead written(Http2Headers headers, int huffmanFrom) throws IOException, Http2Exception {
        DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, false,
                16, huffmanFrom);
        encoder.maxHeaderTableSize(0);
        ByteBuf block = Unpooled.buffer();
        encoder.encodeHeaders(1, headers, block);
        return CallHead.read(block.nioBuffer());
    }

    @Test
    void begin_ofAnAnswer() throws Exception {
        CallHead head = written(new DefaultHttp2Headers().status("200").add("content-type", "application/grpc"), 512);
        assertThat(head).isEqualTo(new CallHead(200, -1, ""));
        assertThat(head.isGood()).isTrue();
    }

    @Test
    void end_withAnError_inPlainTextAndInHuffmanCode() throws Exception {
        for (int huffmanFrom : new int[]{0, 512}) {
            CallHead head = written(new DefaultHttp2Headers().add("grpc-status", "3").add("grpc-message",
                    "unexpected shape for input 'x': caf%C3%A9 100%25 +1 ~{}|^\\ <>"), huffmanFrom);
            assertThat(head.isGood()).isFalse();
            assertThat(head.failure().text())
                    .isEqualTo("INVALID_ARGUMENT: unexpected shape for input 'x': caf\u00e9 100% +1 ~{}|^\\ <>");
        }
    }

    @Test
    void everyByte_ofHuffmanCode() throws Exception {
        StringBuilder all = new StringBuilder();
        for (char letter = ' '; letter < 127; letter++) {
            all.append(letter == '%' ? "%25" : letter);
        }
        assertThat(written(new DefaultHttp2Headers(false).add("grpc-message", all), 0).message())
                .isEqualTo(all.toString().replace("%25", "%"));
    }

    @Test
    void otherStatuses_areErrors() throws Exception {
        assertThat(written(new DefaultHttp2Headers().status("404"), 512).failure().text()).isEqualTo("HTTP 404");
        assertThat(written(new DefaultHttp2Headers().status("503"), 512).failure().text()).isEqualTo("HTTP 503");
    }

    @Test
    void block_withATableThatNobodyKeeps_isRefused() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> read("be"))
                .withMessageContaining("a table of headers");
    }

    @Test
    void block_thatEndsInTheMiddle_isRefused() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> read("000a6770"))
                .withMessageContaining("in the middle of a text");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> read("00"))
                .withMessageContaining("too early");
    }
}
