package io.nereid.bench.load.client;

import io.nereid.bench.load.client.AnswerReader.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AnswerReaderTest {
    private static final String GOOD = "HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\nhello";
    private static final String REFUSED = "HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length:0\r\nconnection: close\r\n\r\n";

    /** However the network cuts the bytes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000})
    void read_answersOneByOne_tellsTheirStatus(int piece) throws IOException {
        AnswerReader reader = reader(GOOD, REFUSED, piece);

        assertThat(reader.read()).isEqualTo(new Answer(200, true));
        assertThat(reader.read()).isEqualTo(new Answer(503, false));
    }

    @Test
    void read_bodyLongerThanTheBuffer_isPassedOver() throws IOException {
        String large = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000);
        AnswerReader reader = reader(large, GOOD, 4_000);

        assertThat(reader.read().status()).isEqualTo(200);
        assertThat(reader.read().status()).isEqualTo(200);
    }

    @Test
    void read_connectionEndsWithinAnAnswer_fails() {
        AnswerReader reader = reader(GOOD.substring(0, GOOD.length() - 1), "", 1_000);

        assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
    }

    @Test
    void read_answerWithoutLength_fails() {
        assertThatThrownBy(reader("HTTP/1.1 200 OK\r\n\r\n", "", 1_000)::read).isInstanceOf(IOException.class)
                .hasMessage("an answer without a Content-Length: http/1.1 200 ok");
    }

    /** The second answer never comes in the same read as the first: it is sent when the first was read. */
    private static AnswerReader reader(String first, String second, int piece) {
        ByteArrayInputStream one = new ByteArrayInputStream(first.getBytes(StandardCharsets.US_ASCII));
        ByteArrayInputStream two = new ByteArrayInputStream(second.getBytes(StandardCharsets.US_ASCII));
        return new AnswerReader((into, offset, length) -> {
            int count = one.read(into, offset, Math.min(piece, length));
            return count >= 0 ? count : two.read(into, offset, Math.min(piece, length));
        });
    }
}
