package io.nereid.bench.load.client;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** The loops against a socket that answers by the byte. */
class LoopsTest {
    private static final int SHORT_MILLIS = 500;
    /** For answers that are to be in time on a busy machine too. */
    private static final int LONG_MILLIS = 30_000;

    private static final InferRequest REQUEST = InferRequest.of("m", Map.of("A", "b"), new byte[]{1, 2, 3});

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch never = new CountDownLatch(1);
    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        never.countDown();
        listener.close();
    }

    @Test
    void request_bytes_areAWholePost() {
        assertThat(StandardCharsets.ISO_8859_1.decode(REQUEST.bytes()).toString()).isEqualTo("""
                POST /v2/models/m/infer HTTP/1.1\r
                Host: 127.0.0.1\r
                Content-Length: 3\r
                A: b\r
                \r
                \001\002\003""");
    }

    @Test
    void closedLoop_goodAnswers_countsThemForEachClient() throws InterruptedException {
        answerAllWith(200);

        ClosedLoopReport report = new ClosedLoop(listener.getLocalPort(), REQUEST).run(3, 1);

        assertThat(report.clients()).hasSize(3).allSatisfy(client -> {
            assertThat(client.latencies().count()).isPositive();
            assertThat(client.errors()).isZero();
        });
        assertThat(connections).hasValue(3);
        // Of each client one answer at most came when the time was over.
        assertThat(requests.get() - report.latencies().count()).isBetween(0, 3);
    }

    @Test
    void closedLoop_pace_isKept() throws InterruptedException {
        answerAllWith(200);

        ClosedLoopReport report = new ClosedLoop(listener.getLocalPort(), client -> REQUEST, Pace.of(2, 20)).run(2, 1);

        assertThat(report.clients()).hasSize(2)
                .allSatisfy(client -> assertThat(client.latencies().count()).isBetween(1, 10));
    }

    @Test
    void openLoop_goodAnswers_offersWhatTheArrivalsSay() throws InterruptedException {
        answerAllWith(200);

        OpenLoopReport report = run(1_000, LONG_MILLIS);

        assertThat(report.offered()).isEqualTo(arrivalsInASecond());
        assertThat(report.latencies().count()).isEqualTo(arrivalsInASecond());
        assertThat(requests).hasValue(arrivalsInASecond());
    }

    @Test
    void openLoop_refusals_areCountedByStatus() throws InterruptedException {
        answerAllWith(503);

        assertThat(run(1_000, LONG_MILLIS).refused()).containsExactly(Map.entry(503, (long) arrivalsInASecond()));
    }

    @Test
    void openLoop_serverThatNeverAnswers_isLateEveryTime() throws InterruptedException {
        answerAllWith(0);

        OpenLoopReport report = run(1_000);

        assertThat(report.late()).isEqualTo(arrivalsInASecond());
        assertThat(report.latencies().count()).isZero();
    }

    @Test
    void openLoop_moreUnderWayThanClients_countsTheRestAsLate() throws InterruptedException {
        answerAllWith(0);

        OpenLoopReport report = run(2);

        assertThat(report.late()).isEqualTo(arrivalsInASecond());
        assertThat(connections.get()).isLessThan(arrivalsInASecond());
    }

    @Test
    void openLoop_nobodyListens_isBrokenEveryTime() throws IOException, InterruptedException {
        listener.close();

        assertThat(run(1_000).broken()).isEqualTo(arrivalsInASecond());
    }

    private OpenLoopReport run(int clients) throws InterruptedException {
        return run(clients, SHORT_MILLIS);
    }

    private OpenLoopReport run(int clients, int timeoutMillis) throws InterruptedException {
        return OpenLoop.run(listener.getLocalPort(), REQUEST, new PoissonArrivals(1, 100), 1, timeoutMillis, clients);
    }

    private static int arrivalsInASecond() {
        PoissonArrivals arrivals = new PoissonArrivals(1, 100);
        int count = 0;
        while (arrivals.nextNanos() < 1_000_000_000L) {
            count++;
        }
        return count;
    }

    /** Answers every request with this status; 0 for not at all. */
    private void answerAllWith(int status) {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> answer(socket, status));
                }
            } catch (IOException _) {
                // the end of the test
            }
        });
    }

    private void answer(Socket socket, int status) {
        byte[] answer = "HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok".formatted(status)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[REQUEST.bytes().remaining()];
        try (socket; DataInputStream in = new DataInputStream(socket.getInputStream())) {
            while (true) {
                in.readFully(request);
                requests.incrementAndGet();
                if (status == 0) {
                    never.await();
                }
                socket.getOutputStream().write(answer);
            }
        } catch (IOException | InterruptedException _) {
            // the client has gone
        }
    }
}
