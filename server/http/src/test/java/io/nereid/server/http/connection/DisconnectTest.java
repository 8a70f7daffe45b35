package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.nereid.inference.Lease;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Connections that end early: the client goes, or the server does. */
@Timeout(60)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class DisconnectTest {
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";

    private final Transport transport;
    private final BlockingQueue<HttpExchange> waiting = new ArrayBlockingQueue<>(10);

    DisconnectTest(Transport transport) {
        this.transport = transport;
    }

    private TestServer server() {
        return new TestServer(transport, waiting::add);
    }

    private HttpExchange next() throws InterruptedException {
        return Objects.requireNonNull(waiting.poll(20, TimeUnit.SECONDS), "no request arrived");
    }

    // The client goes

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 20_000, 500_000, 3 << 20})
    void client_resetsInTheMiddleOfABody_itsMemoryComesBack(int sent) throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect();
            client.send("POST / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n").send(new byte[sent]);
            Await.until(() -> server.memory.bytesInUse() > 0);
            client.reset();
            server.awaitNothingHeld();
            assertThat(waiting).isEmpty();
        }
    }

    @Test
    void client_endsInTheMiddleOfAChunkedBody_theRequestIsNotServed() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
            Await.until(() -> server.memory.bytesInUse() > 0);
            client.shutdownOutput();
            server.awaitNothingHeld();
            assertThat(waiting).isEmpty();
        }
    }

    @Test
    void client_goneBeforeItsReply_theReplyIsDroppedAndReleased() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect();
            client.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
            HttpExchange exchange = next();
            client.reset();
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
            CountingLease lease = new CountingLease();
            ByteBuf body = Unpooled.directBuffer().writeByte(1);
            exchange.reply(new HttpReply(HttpResponseStatus.OK, HttpReply.TEXT, List.of(), body,
                    List.of(exchange.body().segment()), lease));
            Await.until(() -> lease.releases() == 1);
            assertThat(body.refCnt()).isZero();
            exchange.body().release();
            server.awaitNothingHeld();
        }
    }

    @Test
    void client_goneDuringAStream_theRestIsDroppedAndReleased() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect();
            client.send(GET);
            HttpExchange exchange = next();
            exchange.body().release();
            exchange.startStream(HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT));
            client.readStreamHead();
            client.reset();
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
            ByteBuf part = Unpooled.directBuffer().writeByte(1);
            CountingLease held = new CountingLease();
            exchange.send(part, held);
            exchange.endStream(held);
            Await.until(() -> part.refCnt() == 0 && held.releases() == 2);
        }
    }

    @Test
    void client_goneWithRequestsPipelined_theyAreNotServed() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect();
            client.send("POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\na" + GET.repeat(50));
            HttpExchange exchange = next();
            client.reset();
            TestServer.echo(exchange);
            server.awaitNothingHeld();
            // Requests that had arrived may be answered into the void; they hold nothing when the connection is gone.
            for (HttpExchange more = waiting.poll(); more != null; more = waiting.poll()) {
                TestServer.echo(more);
            }
            server.connections.drain(Duration.ofSeconds(20));
        }
    }

    @Test
    void client_resetsWhileALargeReplyIsSent_theLeaseIsReleasedOnce() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect();
            client.send("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
            HttpExchange exchange = next();
            exchange.body().release();
            CountingLease lease = new CountingLease();
            MemorySegment large = Arena.ofAuto().allocate(32 << 20);
            exchange.reply(new HttpReply(HttpResponseStatus.OK, HttpReply.TEXT, List.of(), Unpooled.EMPTY_BUFFER,
                    List.of(large, large), lease));
            assertThat(client.readByte()).isEqualTo('H');
            assertThat(lease.releases()).isZero();
            client.reset();
            Await.until(() -> lease.releases() > 0);
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
            assertThat(lease.releases()).isEqualTo(1);
        }
    }

    @Test
    void reply_afterTheEventLoopsHaveEnded_isReleased() throws Exception {
        HttpExchange exchange;
        CountingLease lease = new CountingLease();
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            exchange = next();
            exchange.body().release();
        }
        exchange.reply(new HttpReply(HttpResponseStatus.OK, HttpReply.TEXT, List.of(), Unpooled.EMPTY_BUFFER, List.of(),
                lease));
        assertThat(lease.releases()).isEqualTo(1);
    }

    // The server goes

    @Test
    void drain_idleConnection_isClosedAtOnce() throws Exception {
        try (TestServer server = new TestServer(transport, TestServer::echo);
                RawClient fresh = server.connect();
                RawClient used = server.connect()) {
            assertThat(used.send(GET).read().status()).isEqualTo(200);
            assertThat(fresh.send(GET).read().status()).isEqualTo(200);
            assertThat(server.connections.drain(Duration.ofSeconds(20))).isTrue();
            assertThat(used.ended()).isTrue();
            assertThat(fresh.ended()).isTrue();
        }
    }

    @Test
    void drain_requestUnderWay_isAnsweredWithCloseAndTheDrainWaitsForIt() throws Exception {
        ExecutorService drainer = Executors.newSingleThreadExecutor();
        try (drainer; TestServer server = server(); RawClient client = server.connect()) {
            client.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" + GET);
            HttpExchange exchange = next();
            assertThat(server.connections.drain(Duration.ofMillis(1))).isFalse();
            Future<Boolean> drained = drainer.submit(() -> server.connections.drain(Duration.ofSeconds(20)));
            exchange.executor().submit(() -> {
            }).sync();
            assertThat(drained.isDone()).isFalse();
            TestServer.echo(exchange);
            RawClient.Reply reply = client.read();
            assertThat(reply.text()).isEqualTo("hello");
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
            client.shutdownOutput();
            assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(waiting).isEmpty();
        }
    }

    @Test
    void drain_streamUnderWay_endsItInGoodOrderAndCloses() throws Exception {
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            HttpExchange exchange = next();
            exchange.body().release();
            exchange.startStream(
                    HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT, Unpooled.copiedBuffer(new byte[]{'a'})));
            assertThat(server.connections.drain(Duration.ofMillis(1))).isFalse();
            exchange.send(Unpooled.copiedBuffer(new byte[]{'b'}), Lease.NONE);
            exchange.endStream();
            assertThat(client.read().text()).isEqualTo("ab");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void connect_afterDrain_isClosedAtOnce() throws Exception {
        try (TestServer server = server()) {
            assertThat(server.connections.drain(Duration.ofSeconds(1))).isTrue();
            try (RawClient client = server.connect()) {
                assertThat(client.ended()).isTrue();
            }
        }
    }
}
