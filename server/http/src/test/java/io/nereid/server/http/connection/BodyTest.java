package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.RawClient.Reply;
import io.netty.handler.codec.http.HttpRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import static org.assertj.core.api.Assertions.assertThat;

/** Bodies of all sizes in odd pieces: what arrives is what was sent, whichever way it took. */
@Timeout(120)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class BodyTest {
    private static final String NEXT = "GET /next HTTP/1.1\r\n\r\n";
    private static final int MIB = 1 << 20;

    private final Transport transport;
    private final TestServer server;

    BodyTest(Transport transport) {
        this.transport = transport;
        server = new TestServer(transport, TestServer::echo);
    }

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8_192, (16 << 10) - 1, 16 << 10, (16 << 10) + 1, 602_112, 2 * MIB, 2 * MIB + 1, 3 * MIB,
            20 * MIB})
    void body_announced_arrivesAsSentWithTheNextRequestDirectlyBehindIt(int size) throws Exception {
        try (RawClient client = server.connect()) {
            for (int seed = 0; seed < (size > 4 * MIB ? 1 : 3); seed++) {
                byte[] body = random(seed, size);
                sendAside(client, concat(head(size), body, NEXT), seed);
                assertThat(client.read().body()).isEqualTo(body);
                assertThat(client.read().header("target")).isEqualTo("/next");
            }
            server.awaitNothingHeld();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, (16 << 10) - 1, 16 << 10, (16 << 10) + 1, 602_112, 3 * MIB, 20 * MIB})
    void body_inChunks_arrivesAsSentWithTheNextRequestDirectlyBehindIt(int size) throws Exception {
        try (RawClient client = server.connect()) {
            for (int seed = 0; seed < (size > 4 * MIB ? 1 : 3); seed++) {
                byte[] body = random(seed, size);
                sendAside(client, concat(chunkedHead(), chunked(body, new Random(seed)), NEXT), seed);
                assertThat(client.read().body()).isEqualTo(body);
                assertThat(client.read().header("target")).isEqualTo("/next");
            }
            server.awaitNothingHeld();
        }
    }

    /** Many sizes around every border there is: read buffer, decoder chunk, trusted length, growth. */
    @Test
    void body_manySeeds_arrivesAsSent() throws Exception {
        try (RawClient client = server.connect()) {
            for (int seed = 0; seed < 150; seed++) {
                Random random = new Random(seed);
                byte[] body = random(seed, random.nextInt(1 << (8 + random.nextInt(14))));
                boolean announced = random.nextBoolean();
                byte[] bytes = announced ? concat(head(body.length), body, NEXT)
                        : concat(chunkedHead(), chunked(body, random), NEXT);
                sendAside(client, bytes, seed);
                Reply reply = client.read();
                assertThat(reply.body()).as("seed %d, %d bytes, announced: %s", seed, body.length, announced)
                        .isEqualTo(body);
                assertThat(client.read().header("target")).as("seed %d", seed).isEqualTo("/next");
            }
        }
    }

    @Test
    void body_large_goesPastTheDecoder() throws Exception {
        byte[] body = random(1, 3 * MIB);
        try (RawClient client = server.connect()) {
            sendAside(client, concat(head(body.length), body, ""), 1);
            assertThat(client.read().body()).isEqualTo(body);
        }
        assertThat(server.decodedBytes.get()).isLessThan(64 << 10);
    }

    @Test
    void body_chunkedWithExtensionsAndTrailers_isItsDataOnly() throws Exception {
        try (RawClient client = server.connect()) {
            client.send(
                    "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n");
            assertThat(client.read().text()).isEqualTo("abcde");
            assertThat(client.send(NEXT).read().status()).isEqualTo(200);
        }
    }

    // Limits

    @Test
    void body_announcedOverTheLimit_isRefusedReadablyWhileTheClientStillSends() throws Exception {
        try (TestServer small = limited(1 * MIB, 256 * MIB); RawClient client = small.connect()) {
            Thread sender = sendAside(client, concat(head(8 * MIB), random(1, 8 * MIB), ""), 1);
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).isEqualTo(
                    "{\"error\":\"request body of 8388608 bytes exceeds the maximum of 1048576 bytes\"}");
            assertThat(reply.header("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
            sender.join();
        }
    }

    @Test
    void body_announcedOverTheLimitWithExpectation_isRefusedBeforeItIsSent() throws Exception {
        try (TestServer small = limited(1 * MIB, 256 * MIB); RawClient client = small.connect()) {
            client.send("POST / HTTP/1.1\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(400);
        }
    }

    @Test
    void body_chunkedOverTheLimit_isRefusedWhenItGetsThere() throws Exception {
        try (TestServer small = limited(1 * MIB, 256 * MIB); RawClient client = small.connect()) {
            Thread sender = sendAside(client,
                    concat(chunkedHead(), chunked(random(1, 4 * MIB), new Random(1)), ""), 1);
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.ended()).isTrue();
            sender.join();
            small.awaitNothingHeld();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {MIB, MIB - 1})
    void body_chunkedUpToTheLimit_isServedThoughItsBufferGrewInSteps(int size) throws Exception {
        byte[] body = random(1, size);
        try (TestServer small = limited(1 * MIB, 2 * MIB); RawClient client = small.connect()) {
            sendAside(client, concat(chunkedHead(), chunked(body, new Random(1)), ""), 1);
            assertThat(client.read().body()).isEqualTo(body);
        }
    }

    @Test
    void body_noMemoryLeft_isRefusedWith503AndOthersAreServed() throws Exception {
        try (TestServer small = limited(64 * MIB, 8 * MIB);
                RawClient greedy = small.connect();
                RawClient modest = small.connect()) {
            // Two megabytes can be held beside what they grew from; seven beside two cannot.
            Thread sender = sendAside(greedy, concat(head(7 * MIB), random(1, 7 * MIB), ""), 1);
            Reply reply = greedy.read();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.text()).contains("too many bytes in flight");
            assertThat(reply.header("retry-after")).isEqualTo("1");
            sender.join();
            small.awaitNothingHeld();
            assertThat(modest.send(head(3)).send("abc").read().text()).isEqualTo("abc");
        }
    }

    @Test
    void body_promisedButNotSent_reservesNoMoreThanIsTrusted() throws Exception {
        try (RawClient client = server.connect()) {
            client.send(head(1 << 30)).send("x");
            Await.until(() -> server.memory.bytesInUse() > 0);
            assertThat(server.memory.bytesInUse()).isEqualTo(RequestBody.TRUSTED_BYTES);
        }
        server.awaitNothingHeld();
    }

    private TestServer limited(long maxBodyBytes, long memoryBytes) {
        ConnectionLimits limits = new ConnectionLimits(64 << 10, maxBodyBytes, Duration.ofMinutes(1),
                Duration.ofMinutes(1), Duration.ofMinutes(1));
        return new TestServer(transport, limits, new PoisonedMemory(memoryBytes, 0), TestServer::echo);
    }

    /** Sends while the test reads: a large echo would else block both sides. */
    private static Thread sendAside(RawClient client, byte[] bytes, int seed) {
        return Thread.ofPlatform().start(() -> {
            try {
                client.sendInPieces(bytes, new Random(seed));
            } catch (IOException e) {
                // the server has ended the connection; what the test reads says why
            }
        });
    }

    private static byte[] random(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {RequestBody.TRUSTED_BYTES, RequestBody.TRUSTED_BYTES + 1, 3 * MIB})
    void body_large_isReadStraightIntoTheMemoryThatTheHandlerNames(int size) throws Exception {
        PoisonedMemory wanted = new PoisonedMemory(64 << 20, 0);
        BlockingQueue<Long> inWanted = new LinkedBlockingQueue<>();
        HttpHandler ofBody = new HttpHandler() {
            @Override
            public void handle(HttpExchange exchange) {
                inWanted.add(wanted.bytesInUse());
                TestServer.echo(exchange);
            }

            @Override
            public TensorAllocator bodyMemory(TensorAllocator otherwise) {
                return wanted;
            }
        };
        HttpHandler handler = new HttpHandler() {
            @Override
            public void handle(HttpExchange exchange) {
                throw new AssertionError("the request has a handler of its own");
            }

            @Override
            public HttpHandler route(HttpRequest head) {
                return head.uri().equals("/body") ? ofBody : this;
            }
        };
        try (TestServer other = new TestServer(transport, handler); RawClient client = other.connect()) {
            byte[] body = random(1, size);
            client.send(concat(head(size), body, ""));
            assertThat(client.read().body()).isEqualTo(body);
            boolean large = size > RequestBody.TRUSTED_BYTES;
            assertThat(inWanted.take()).isGreaterThanOrEqualTo(large ? size : 0).isLessThan(large ? 16L * MIB : 1);
            other.awaitNothingHeld();
            Await.until(() -> wanted.bytesInUse() == 0);
        }
    }

    private static String head(int length) {
        return "POST /body HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static String chunkedHead() {
        return "POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    private static byte[] chunked(byte[] body, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int most = 1 + random.nextInt(Math.max(1, body.length / 20));
        for (int sent = 0; sent < body.length;) {
            int piece = Math.min(body.length - sent, 1 + random.nextInt(Math.max(most, 100)));
            out.writeBytes((Integer.toHexString(piece) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body, sent, piece);
            out.writeBytes(new byte[]{'\r', '\n'});
            sent += piece;
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static byte[] concat(String head, byte[] body, String next) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(body);
        out.writeBytes(next.getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }
}
