package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Clients that end their sending side and wait for their answers, as {@code nc -N} and {@code socat} do. */
@Timeout(60)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class HalfCloseTest {
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";
    private static final String CANCELLABLE = "GET /cancellable HTTP/1.1\r\n\r\n";

    private final Transport transport;
    private final BlockingQueue<HttpExchange> waiting = new ArrayBlockingQueue<>(10);

    HalfCloseTest(Transport transport) {
        this.transport = transport;
    }

    private TestServer server() {
        return new TestServer(transport, this::take);
    }

    private void take(HttpExchange exchange) {
        exchange.body().release();
        if (exchange.target().equals("/cancellable")) {
            exchange.cancelWithoutClient();
        }
        waiting.add(exchange);
    }

    private HttpExchange next() throws InterruptedException {
        return Objects.requireNonNull(waiting.poll(20, TimeUnit.SECONDS), "no request arrived");
    }

    private static HttpReply reply(String text) {
        return HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT,
                Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    /** Ends the client's sending side, and comes back when the server has seen it. */
    private static void shutdownOutput(RawClient client, TestServer server) throws IOException {
        long before = server.inputsEnded.get();
        client.shutdownOutput();
        Await.until(() -> server.inputsEnded.get() > before);
    }

    @Test
    void requestUnderWay_isAnsweredAndTheConnectionEnds() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            HttpExchange exchange = next();
            shutdownOutput(client, server);
            assertThat(exchange.isAbandoned()).isFalse();
            exchange.reply(reply("late"));
            RawClient.Reply reply = client.read();
            assertThat(reply.text()).isEqualTo("late");
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void requestsPipelined_areAllAnswered() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET.repeat(3)).shutdownOutput();
            for (int i = 0; i < 3; i++) {
                next().reply(reply("answer " + i));
            }
            for (int i = 0; i < 3; i++) {
                assertThat(client.read().text()).isEqualTo("answer " + i);
            }
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void streamUnderWay_goesToItsEnd() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            HttpExchange exchange = next();
            exchange.startStream(reply("a"));
            shutdownOutput(client, server);
            exchange.send(Unpooled.copiedBuffer(new byte[]{'b'}), () -> {
            });
            exchange.endStream();
            assertThat(client.read().text()).isEqualTo("ab");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void replyOnItsWay_arrivesWhole() throws Exception {
        int bytes = 32 << 20;
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            HttpExchange exchange = next();
            exchange.reply(zeros(bytes));
            shutdownOutput(client, server);
            assertThat(client.read().body()).hasSize(bytes);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void replyThatTakesLongToRead_arrivesWhole() throws Exception {
        int bytes = 32 << 20;
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            HttpExchange exchange = next();
            shutdownOutput(client, server);
            exchange.reply(zeros(bytes));
            assertThat(client.read().body()).hasSize(bytes);
            assertThat(client.ended()).isTrue();
        }
    }

    private static HttpReply zeros(int bytes) {
        return HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT, Unpooled.directBuffer(bytes).writeZero(bytes));
    }

    @Test
    void nothingUnderWay_endsTheConnection() throws Exception {
        try (TestServer server = server(); RawClient fresh = server.connect(); RawClient used = server.connect()) {
            fresh.shutdownOutput();
            assertThat(fresh.ended()).isTrue();
            used.send(GET);
            next().reply(reply("x"));
            assertThat(used.read().header("connection")).isEqualTo("(none)");
            used.shutdownOutput();
            assertThat(used.ended()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel",
            "POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\nhel",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "GET / HTTP/1.1\r\nHost: a"})
    void requestInTheMiddle_isTold(String part) throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(part).shutdownOutput();
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.header("content-type")).isEqualTo("application/json");
            assertThat(client.ended()).isTrue();
            assertThat(waiting).isEmpty();
        }
    }

    @Test
    void requestInTheMiddle_behindOneUnderWay_bothAreTold() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET + "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel").shutdownOutput();
            next().reply(reply("first"));
            assertThat(client.read().text()).isEqualTo("first");
            assertThat(client.read().text()).contains("the request ended in the middle of its body");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void requestThatCanBeCancelled_isGivenUp() throws Exception {
        AtomicInteger given = new AtomicInteger();
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(CANCELLABLE);
            HttpExchange exchange = next();
            exchange.whenAbandoned(given::incrementAndGet);
            client.shutdownOutput();
            assertThat(client.ended()).isTrue();
            Await.until(() -> given.get() == 1);
            exchange.reply(reply("for nobody"));
        }
    }

    @Test
    void requestThatCanBeCancelled_behindOneUnderWay_isGivenUpWhenItsTurnComes() throws Exception {
        AtomicInteger given = new AtomicInteger();
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET + CANCELLABLE).shutdownOutput();
            next().reply(reply("first"));
            assertThat(client.read().text()).isEqualTo("first");
            HttpExchange second = next();
            second.whenAbandoned(given::incrementAndGet);
            Await.until(() -> given.get() == 1);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void clientThatIsGoneAltogether_costsNothing() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            shutdownOutput(client, server);
            client.reset();
            CountingLease lease = new CountingLease();
            exchange.reply(reply("for nobody").with(lease));
            Await.until(() -> lease.releases() == 1);
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
        }
    }
}
