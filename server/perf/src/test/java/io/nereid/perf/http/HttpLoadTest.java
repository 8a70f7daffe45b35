package io.nereid.perf.http;

import io.nereid.perf.client.Arrivals;
import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RunningLoad;
import io.nereid.perf.client.Sample;
import io.nereid.perf.client.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/** Loads over real connections, to their end. */
@Timeout(60)
class HttpLoadTest {
    private static final long PATIENCE_NANOS = 50_000_000_000L;
    private static final String GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";
    private static final String BAD = "HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nwhy ?";
    private static final String LAST = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes";

    private static Transport transport(InetSocketAddress server, String... requests) {
        return new HttpTransport(server,
                List.of(requests).stream().map(text -> {
                    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
                    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
                }).toList());
    }

    private static Sample toTheEnd(RunningLoad load) throws InterruptedException {
        try (load) {
            assertThat(load.awaitEnd(PATIENCE_NANOS)).isTrue();
            return load.take();
        }
    }

    @Test
    void closedLoop_sendsItsBudget_overAConnectionForEachUnderWay() throws Exception {
        try (AnsweringServer server = new AnsweringServer(5, _ -> GOOD)) {
            Sample sample = toTheEnd(
                    LoadGenerator.closedLoop(transport(server.address(), "12345", "abcde"), 3, 2, ClientOptions.DEFAULT,
                            RequestBudget.of(100)));
            assertThat(sample.latencies().count()).isEqualTo(100);
            assertThat(sample.responses()).isEqualTo(100);
            assertThat(sample.errors()).isZero();
            assertThat(server.requests).hasValue(100);
            assertThat(server.connections).hasValue(3);
        }
    }

    @Test
    void openLoop_sendsItsBudget() throws Exception {
        try (AnsweringServer server = new AnsweringServer(5, _ -> GOOD)) {
            Sample sample = toTheEnd(LoadGenerator.openLoop(transport(server.address(), "12345"),
                    thread -> Arrivals.constant(1000, thread / 2.0), 2, 10, ClientOptions.DEFAULT,
                    RequestBudget.of(60)));
            assertThat(sample.latencies().count()).isEqualTo(60);
            assertThat(server.requests).hasValue(60);
        }
    }

    @Test
    void latency_ofAnOpenLoop_countsFromWhenTheRequestWasDue() throws Exception {
        AtomicLong firstNanos = new AtomicLong();
        AtomicLong lastNanos = new AtomicLong();
        try (AnsweringServer server = new AnsweringServer(5, n -> {
            (n == 0 ? firstNanos : lastNanos).set(System.nanoTime());
            return GOOD;
        })) {
            // all were due at the beginning, and one connection is to send them all
            Sample sample = toTheEnd(LoadGenerator.openLoop(transport(server.address(), "12345"), _ -> () -> 0, 1, 1,
                    ClientOptions.DEFAULT,
                    RequestBudget.of(200)));
            assertThat(server.connections).hasValue(1);
            assertThat(sample.latencies().percentileNanos(100)).as("the last waited for all others")
                    .isGreaterThanOrEqualTo(lastNanos.get() - firstNanos.get());
        }
    }

    @Test
    void errors_areCountedWithTheirTexts_andTheLoadGoesOn() throws Exception {
        try (AnsweringServer server = new AnsweringServer(5, n -> n % 4 == 1 ? BAD : GOOD)) {
            Sample sample = toTheEnd(
                    LoadGenerator.closedLoop(transport(server.address(), "12345"), 1, 1, ClientOptions.DEFAULT,
                            RequestBudget.of(40)));
            assertThat(sample.latencies().count()).isEqualTo(30);
            assertThat(sample.errors()).isEqualTo(10);
            assertThat(sample.errorTexts()).containsExactly("HTTP 400: why ?");
            assertThat(server.connections).hasValue(1);
        }
    }

    @Test
    void connections_thatTheServerCloses_areOpenedAgain() throws Exception {
        try (AnsweringServer server = new AnsweringServer(5, n -> n == 3 ? "" : n % 2 == 0 ? LAST : GOOD)) {
            Sample sample = toTheEnd(
                    LoadGenerator.closedLoop(transport(server.address(), "12345"), 1, 1, ClientOptions.DEFAULT,
                            RequestBudget.of(10)));
            assertThat(sample.latencies().count()).isEqualTo(9);
            assertThat(sample.errors()).isEqualTo(1);
            assertThat(sample.errorTexts()).allMatch(text -> text.contains("closed") || text.contains("reset"));
        }
    }

    @Test
    void noServer_failsEveryRequest() throws Exception {
        try (Socket silent = new Socket()) { // its port is nobody else's, and it does not listen
            silent.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            InetSocketAddress nobody = (InetSocketAddress) silent.getLocalSocketAddress();
            Sample sample = toTheEnd(LoadGenerator.closedLoop(transport(nobody, "12345"), 1, 1, ClientOptions.DEFAULT,
                    RequestBudget.of(2)));
            assertThat(sample.latencies().count()).isZero();
            assertThat(sample.errors()).isEqualTo(2);
            assertThat(sample.errorTexts()).containsExactly("Connection refused");
        }
    }

    @Test
    void close_waitsForWhatIsUnderWay() throws IOException, InterruptedException {
        try (AnsweringServer server = new AnsweringServer(5, _ -> GOOD)) {
            RunningLoad load = LoadGenerator.closedLoop(transport(server.address(), "12345"), 4, 1,
                    ClientOptions.DEFAULT,
                    RequestBudget.unlimited());
            assertThat(load.awaitEnd(1)).isFalse();
            load.close();
            assertThat(load.awaitEnd(PATIENCE_NANOS)).isTrue();
            Sample sample = load.take();
            assertThat(sample.latencies().count()).isEqualTo(server.requests.get());
            assertThat(sample.errors()).isZero();
        }
    }

    @Test
    void requests_thatTimeOut_endTheirConnections() throws Exception {
        CountDownLatch timedOut = new CountDownLatch(1);
        try (AnsweringServer server = new AnsweringServer(5, _ -> {
            try {
                timedOut.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            return GOOD;
        })) {
            Sample sample = toTheEnd(LoadGenerator.closedLoop(transport(server.address(), "12345"), 1, 1,
                    ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(20)), RequestBudget.of(1)));
            assertThat(sample.failures().timedOut()).isEqualTo(1);
            assertThat(sample.errorTexts()).containsExactly("no answer in time");
            timedOut.countDown();
            Sample next = toTheEnd(LoadGenerator.closedLoop(transport(server.address(), "12345"), 1, 1,
                    ClientOptions.DEFAULT.withTimeout(Duration.ofSeconds(50)), RequestBudget.of(3)));
            assertThat(next.latencies().count()).isEqualTo(3);
        } finally {
            timedOut.countDown();
        }
    }
}
