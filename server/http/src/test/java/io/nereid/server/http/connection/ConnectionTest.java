package io.nereid.server.http.connection;

import io.nereid.inference.Lease;
import io.nereid.server.http.connection.RawClient.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/** One request after the other over real sockets: what is kept open, what is closed, and what is refused. */
@Timeout(60)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class ConnectionTest {
    private static final String GET = "GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n";

    private final TestServer server;

    ConnectionTest(Transport transport) {
        server = new TestServer(transport, ConnectionTest::answer);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static void answer(HttpExchange exchange) {
        switch (exchange.target()) {
            case "/throws" -> {
                exchange.body().release();
                throw new IllegalArgumentException("a defect");
            }
            case "/fails" -> {
                exchange.body().release();
                throw new NoClassDefFoundError("a class that cannot be linked");
            }
            case "/stream" -> {
                exchange.body().release();
                exchange.startStream(HttpReply.of(HttpResponseStatus.OK, "text/event-stream", text("one,")));
                exchange.send(text("two,"), Lease.NONE);
                exchange.send(Unpooled.EMPTY_BUFFER, Lease.NONE);
                exchange.send(text("three"), Lease.NONE);
                exchange.endStream();
            }
            case "/twice" -> {
                TestServer.echo(exchange);
                exchange.reply(HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT, text("again")));
                exchange.send(text("and again"), Lease.NONE);
                exchange.endStream();
            }
            case "/empty" -> {
                exchange.body().release();
                exchange.reply(HttpReply.empty(HttpResponseStatus.NOT_FOUND, HttpReply.TEXT));
            }
            default -> TestServer.echo(exchange);
        }
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    // Keep-alive

    @Test
    void connection_http11_staysOpenForTheNextRequest() throws Exception {
        try (RawClient client = server.connect()) {
            for (int i = 0; i < 5; i++) {
                Reply reply = client.send("POST /echo" + i + " HTTP/1.1\r\nContent-Length: 2\r\n\r\n" + i + i).read();
                assertThat(reply.statusLine()).isEqualTo("HTTP/1.1 200 OK");
                assertThat(reply.header("content-length")).isEqualTo("2");
                assertThat(reply.header("target")).isEqualTo("/echo" + i);
                assertThat(reply.header("connection")).isEqualTo("(none)");
                assertThat(reply.text()).isEqualTo("" + i + i);
            }
        }
    }

    @Test
    void connection_clientAsksToClose_isClosedAfterTheReply() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").read();
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void connection_clientAsksToCloseAndSendsMore_getsItsReplyAndAnEndInGoodOrder() throws Exception {
        byte[] more = new byte[1 << 20];
        try (RawClient client = server.connect()) {
            client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n" + GET.repeat(100)).sendInVain(more);
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void connection_http10_isClosedUnlessAskedToStay() throws Exception {
        try (RawClient client = server.connect()) {
            Reply kept = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
            assertThat(kept.header("connection")).isEqualTo("keep-alive");
            Reply last = client.send("GET / HTTP/1.0\r\n\r\n").read();
            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void reply_toHead_hasTheLengthButNoBody() throws Exception {
        try (RawClient client = server.connect()) {
            Reply head = client.send("HEAD / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").readHead();
            assertThat(head.header("content-length")).isEqualTo("5");
            assertThat(head.header("method")).isEqualTo("HEAD");
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    @Test
    void reply_withoutBody_hasLengthZero() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET /empty HTTP/1.1\r\n\r\n").read();
            assertThat(reply.statusLine()).isEqualTo("HTTP/1.1 404 Not Found");
            assertThat(reply.header("content-length")).isEqualTo("0");
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    // Streams

    @Test
    void stream_http11_comesInChunksAndLeavesTheConnectionOpen() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET /stream HTTP/1.1\r\n\r\n").read();
            assertThat(reply.header("transfer-encoding")).isEqualTo("chunked");
            assertThat(reply.header("content-type")).isEqualTo("text/event-stream");
            assertThat(reply.text()).isEqualTo("one,two,three");
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    @Test
    void stream_http10_endsWithTheConnection() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
            assertThat(reply.headers()).doesNotContainKeys("transfer-encoding", "content-length");
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(reply.text()).isEqualTo("one,two,three");
        }
    }

    @Test
    void stream_toHead_isItsHeadOnly() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("HEAD /stream HTTP/1.1\r\n\r\n").readHead();
            assertThat(client.send(GET).read().header("method")).isEqualTo("GET");
        }
    }

    // Handlers that break their contract

    @Test
    void handler_throws_clientGets500AndTheConnectionGoesOn() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET /throws HTTP/1.1\r\n\r\n").read();
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).isEqualTo("{\"error\":\"internal error: IllegalArgumentException\"}");
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    @Test
    void handler_failsWithAnError_clientGets500() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("GET /fails HTTP/1.1\r\n\r\n").read();
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).isEqualTo("{\"error\":\"internal error: NoClassDefFoundError\"}");
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    @Test
    void handler_answersTwice_onlyTheFirstIsSent() throws Exception {
        try (RawClient client = server.connect()) {
            assertThat(client.send("POST /twice HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").read().text())
                    .isEqualTo("abc");
            assertThat(client.send(GET).read().header("target")).isEqualTo("/v2");
        }
    }

    // Expectations

    @Test
    void expect_continue_isAnsweredBeforeTheBodyIsSent() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n");
            assertThat(client.read().statusLine()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(client.send("hello").read().text()).isEqualTo("hello");
        }
    }

    @Test
    void expect_continueFromHttp10_isIgnored() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
            assertThat(client.read().text()).isEqualTo("hello");
        }
    }

    @Test
    void expect_anythingElse_isRefused() throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n").read();
            assertThat(reply.status()).isEqualTo(417);
            assertThat(client.ended()).isTrue();
        }
    }

    // What is no request

    @ParameterizedTest
    @ValueSource(strings = {
            "GET\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nNo colon here\r\n\r\n", "GET / HTTP/1.1\r\nA\u0001B: c\r\n\r\n"})
    void request_malformed_isRefusedWith400AndTheEndOfTheConnection(String bytes) throws Exception {
        try (RawClient client = server.connect()) {
            Reply reply = client.send(bytes).read();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).isEqualTo("{\"error\":\"malformed HTTP request\"}");
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void request_garbage_isRefused() throws Exception {
        try (RawClient client = server.connect()) {
            client.sendInVain(new byte[100_000]);
            client.sendInVain("\u0016\u0003\u0001 is this TLS?\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.read().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked"})
    void request_unknownTransferCoding_isRefusedSinceItsEndIsUnknown(String coding) throws Exception {
        try (RawClient client = server.connect()) {
            client.send("POST / HTTP/1.1\r\nTransfer-Encoding: " + coding + "\r\n\r\n" + GET);
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void request_http2Preface_isRefusedWith505() throws Exception {
        try (RawClient client = server.connect()) {
            assertThat(client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").read().status()).isEqualTo(505);
        }
    }

    @Test
    void request_lineTooLong_isRefusedWith414() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(414);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void request_headTooLarge_isRefusedWith431EvenIfItNeverEnds() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("GET / HTTP/1.1\r\n");
            byte[] lines = ("X-Filler: " + "a".repeat(1_000) + "\r\n").repeat(80).getBytes(StandardCharsets.US_ASCII);
            assertThat(client.sendInVain(lines).read().status()).isEqualTo(431);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void request_headOfExactlyWhatIsAllowed_isServed() throws Exception {
        try (RawClient client = server.connect()) {
            client.send("GET / HTTP/1.1\r\n" + ("X-Filler: " + "a".repeat(1_000) + "\r\n").repeat(60) + "\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void request_emptyLinesBeforeIt_areIgnored() throws Exception {
        try (RawClient client = server.connect()) {
            assertThat(client.send("\r\n\r\n" + GET).read().status()).isEqualTo(200);
        }
    }
}
