package io.nereid.perf.http;

import io.nereid.perf.call.CallException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Questions to a server with an answer of the test's own. */
@Timeout(60)
class HttpCallsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(50);

    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private volatile String answer = "";
    private ServerSocket listening;
    private HttpCalls calls;

    @BeforeEach
    void listen() throws IOException {
        listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        calls = new HttpCalls(new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort()), "h", "", "");
        Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
        try {
            while (true) {
                try (Socket socket = listening.accept()) {
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                    asked.add(in.readLine());
                    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                        asked.add(line);
                    }
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException _) {
            // the end of the test
        }
    }

    @AfterEach
    void close() throws IOException {
        listening.close();
    }

    private void answer(int status, String body) {
        answer = "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length
                + "\r\n\r\n" + body;
    }

    @Test
    void names_ofAnyLetters_areEncoded() throws IOException {
        answer(200, "{}");
        calls.load("a b/ä?", PATIENCE);
        calls.modelMetadata("c%d");
        assertThat(asked).contains("POST /v2/repository/models/a%20b%2F%C3%A4%3F/load HTTP/1.1",
                "GET /v2/models/c%25d HTTP/1.1");
    }

    @Test
    void error_isTheServersText_withoutTheJsonAroundIt() {
        answer(400, "{\"error\":\"failed to load 'm',\\n no \\\"backend\\\"\"}");
        assertThatExceptionOfType(CallException.class).isThrownBy(() -> calls.load("m", PATIENCE))
                .withMessage("HTTP 400: failed to load 'm', no \"backend\"");
    }

    @Test
    void error_thatIsNoJson_isTheWholeText() {
        answer(502, "<h1>Bad\nGateway</h1>");
        assertThatExceptionOfType(CallException.class).isThrownBy(() -> calls.statistics("m"))
                .withMessage("HTTP 502: <h1>Bad Gateway</h1>");
        answer(404, "");
        assertThatExceptionOfType(CallException.class).isThrownBy(() -> calls.statistics("m")).withMessage("HTTP 404");
    }

    @Test
    void isReady_isWhatTheServerSays() throws IOException {
        answer(200, "");
        assertThat(calls.isReady(PATIENCE)).isTrue();
        answer(400, "");
        assertThat(calls.isReady(PATIENCE)).isFalse();
        listening.close();
        assertThat(calls.isReady(PATIENCE)).isFalse();
    }

    @Test
    void contentLength_isOfBytes() throws IOException {
        answer(200, "");
        calls.registerSharedMemory("r", "/ä", 1);
        assertThat(asked).contains("Content-Length: " + "{\"key\":\"/aa\",\"offset\":0,\"byte_size\":1}".length());
    }
}
