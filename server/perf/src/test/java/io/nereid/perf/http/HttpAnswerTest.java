package io.nereid.perf.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HttpAnswerTest {
    private final HttpAnswer answer = new HttpAnswer();

    private static ByteBuffer bytes(String text) {
        return StandardCharsets.ISO_8859_1.encode(text);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void answers_inPiecesOfAnySize_areRead(int pieceBytes) throws IOException {
        for (int request = 0; request < 3; request++) {
            ByteBuffer all = bytes(
                    "HTTP/1.1 400 Bad Request\r\nX: y\r\nCONTENT-length:  20\r\n\r\n{\"error\":\"not\\nso\"}\n");
            answer.begin();
            boolean complete = false;
            while (all.hasRemaining()) {
                assertThat(complete).isFalse();
                int count = Math.min(pieceBytes, all.remaining());
                complete = answer.read(all.slice(all.position(), count));
                all.position(all.position() + count);
            }
            assertThat(complete).isTrue();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.isKept()).isTrue();
            assertThat(answer.errorText()).isEqualTo("HTTP 400: not so");
        }
    }

    @Test
    void answer_withoutABody_isComplete() throws IOException {
        answer.begin();
        assertThat(answer.read(bytes("HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))).isTrue();
        assertThat(answer.isKept()).isFalse();
        assertThat(answer.errorText()).isEqualTo("HTTP 503");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            'HTTP/1.1 200 OK\r\n\r\n',                          without a Content-Length
            'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', without a Content-Length
            'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n',    not a number
            'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy',   more came
            'SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n',             no answer of HTTP/1.1
            """)
    void whatIsNoAnswer_isSaid(String text, String expected) {
        answer.begin();
        String unescaped = text.replace("\\r", "\r").replace("\\n", "\n");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> answer.read(bytes(unescaped)))
                .withMessageContaining(expected);
    }

    @Test
    void endlessHead_isGivenUp() {
        answer.begin();
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> answer.read(bytes("x".repeat(20_000))))
                .withMessageContaining("exceeds 16384 bytes");
    }
}
