package io.nereid.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class EncryptionCheckTest {
    private static final byte[] CLIENT_HELLO = {22, 3, 1, 0, 5, 1, 0, 0, 1, 0};

    private final EmbeddedChannel encrypted = new EmbeddedChannel(check(true));
    private final EmbeddedChannel plain = new EmbeddedChannel(check(false));

    private static EncryptionCheck check(boolean encrypted) {
        return new EncryptionCheck(encrypted, "HTTP", "--http-use-ssl encrypts it", () -> 0);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v2 HTTP/1.1\r\n\r\n", "P", "OPTIONS * HTTP/1.0\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"})
    void plainHttpOnATlsPort_isToldInPlainHttp(String request) {
        encrypted.writeInbound(bytes(request));
        ByteBuf answer = encrypted.readOutbound();
        assertThat(answer.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 400 Bad Request\r\n")
                .contains("Content-Type: application/json", "Connection: close", "Content-Length: 79\r\n")
                .endsWith(
                        "\r\n\r\n{\"error\":\"this port takes TLS only: connect with https:// or a secure channel\"}");
        answer.release();
        assertThat(encrypted.isOpen()).isFalse();
        assertThat(encrypted.inboundMessages()).isEmpty();
    }

    @Test
    void tlsOnAPlainPort_isToldByAnAlert() {
        plain.writeInbound(Unpooled.wrappedBuffer(CLIENT_HELLO));
        ByteBuf answer = plain.readOutbound();
        assertThat(answer.readUnsignedByte()).as("alert").isEqualTo((short) 21);
        answer.release();
        assertThat(plain.isOpen()).isFalse();
    }

    @Test
    void whatIsExpected_goesOnUnchangedAndUnwatched() {
        encrypted.writeInbound(Unpooled.wrappedBuffer(CLIENT_HELLO));
        plain.writeInbound(bytes("GET"), bytes("\u0016 is nothing new"));
        assertThat(encrypted.<ByteBuf>readInbound()).isEqualTo(Unpooled.wrappedBuffer(CLIENT_HELLO));
        assertThat(plain.inboundMessages()).hasSize(2);
        assertThat(plain.pipeline().get(EncryptionCheck.class)).isNull();
        assertThat(plain.outboundMessages()).isEmpty();
        plain.releaseInbound();
    }
}
