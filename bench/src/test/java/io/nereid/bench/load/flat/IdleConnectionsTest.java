package io.nereid.bench.load.flat;

import io.nereid.bench.load.LoadException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Against a socket that answers every request with one status. */
class IdleConnectionsTest {
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    @Test
    void ask_openConnections_asksOnceMoreOnEach() throws LoadException {
        answerAllWith("200 OK");

        try (IdleConnections idle = IdleConnections.open(listener.getLocalPort(), 3)) {
            idle.ask();
        }

        assertThat(connections).hasValue(3);
        assertThat(requests).hasValue(6);
    }

    @Test
    void open_badAnswer_saysWhich() {
        answerAllWith("503 Service Unavailable");

        assertThatThrownBy(() -> IdleConnections.open(listener.getLocalPort(), 2)).isInstanceOf(LoadException.class)
                .hasMessageContaining("503 Service Unavailable");
    }

    private void answerAllWith(String status) {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> serve(socket, status));
                }
            } catch (IOException _) {
                // closed: the test is over
            }
        });
    }

    private void serve(Socket socket, String status) {
        try (socket;
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.isEmpty()) {
                    requests.incrementAndGet();
                    socket.getOutputStream().write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException _) {
            // the client is gone
        }
    }
}
