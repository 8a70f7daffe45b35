package io.nereid.server.http.connection;

import io.nereid.inference.Lease;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests that do not wait for the reply to the one before. */
@Timeout(120)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class PipeliningTest {
    private final Transport transport;
    private final ExecutorService others = Executors.newFixedThreadPool(2);
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();

    PipeliningTest(Transport transport) {
        this.transport = transport;
    }

    @AfterEach
    void close() {
        others.shutdownNow();
    }

    @Test
    void requests_manyAtOnceAnsweredAtOnce_areAnsweredInOrder() throws Exception {
        manyInOrder(TestServer::echo, 5_000, 1);
    }

    @Test
    void requests_manyAtOnceAnsweredByOtherThreads_areAnsweredInOrderOneAtATime() throws Exception {
        manyInOrder(exchange -> {
            mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            others.execute(() -> {
                underWay.decrementAndGet();
                TestServer.echo(exchange);
            });
        }, 3_000, 2);
        assertThat(mostUnderWay).hasValue(1);
    }

    @Test
    void requests_answeredNowOneWayNowAnother_areAnsweredInOrder() throws Exception {
        AtomicInteger count = new AtomicInteger();
        manyInOrder(exchange -> {
            switch (count.getAndIncrement() % 3) {
                case 0 -> TestServer.echo(exchange);
                case 1 -> exchange.executor().execute(() -> TestServer.echo(exchange));
                default -> others.execute(() -> streamBack(exchange));
            }
        }, 3_000, 3);
    }

    /** The same answer as {@link TestServer#echo}, in chunks. */
    private static void streamBack(HttpExchange exchange) {
        byte[] body = exchange.body().segment().toArray(ValueLayout.JAVA_BYTE);
        exchange.body().release();
        exchange.startStream(new HttpReply(HttpResponseStatus.OK, HttpReply.TEXT,
                List.of(new HttpReply.Header("Target", exchange.target())), Unpooled.EMPTY_BUFFER, List.of(),
                Lease.NONE));
        int half = body.length / 2;
        exchange.send(Unpooled.wrappedBuffer(body, 0, half), Lease.NONE);
        exchange.send(Unpooled.wrappedBuffer(body, half, body.length - half), Lease.NONE);
        exchange.endStream();
    }

    private void manyInOrder(HttpHandler handler, int count, int seed) throws Exception {
        Random random = new Random(seed);
        List<byte[]> bodies = new ArrayList<>();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            byte[] body = new byte[random.nextInt(50) == 0 ? random.nextInt(60_000) : random.nextInt(20)];
            random.nextBytes(body);
            bodies.add(body);
            all.writeBytes(("POST /" + i + " HTTP/1.1\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            all.writeBytes(body);
        }
        try (TestServer server = new TestServer(transport, handler); RawClient client = server.connect()) {
            Thread sender = sendAside(client, all.toByteArray(), random);
            for (int i = 0; i < count; i++) {
                RawClient.Reply reply = client.read();
                assertThat(reply.header("target")).isEqualTo("/" + i);
                assertThat(reply.body()).as("body of request %d, seed %d", i, seed).isEqualTo(bodies.get(i));
            }
            sender.join();
        }
    }

    @Test
    void replies_largerThanTheSocketTakes_allArriveThoughTheClientReadsLate() throws Exception {
        byte[] body = new byte[1 << 20];
        new Random(1).nextBytes(body);
        HttpHandler handler = exchange -> {
            exchange.body().release();
            exchange.reply(HttpReply.of(HttpResponseStatus.OK, HttpReply.TEXT, Unpooled.wrappedBuffer(body)));
        };
        try (TestServer server = new TestServer(transport, handler); RawClient client = server.connect()) {
            client.send("GET / HTTP/1.1\r\n\r\n".repeat(60));
            for (int i = 0; i < 60; i++) {
                assertThat(client.read().body()).isEqualTo(body);
            }
        }
    }

    @Test
    void request_bodyOfTheNextOneArrivesWhileALargeReplyIsSent_isReadInFull() throws Exception {
        byte[] body = new byte[8 << 20];
        new Random(1).nextBytes(body);
        byte[] head = ("POST /x HTTP/1.1\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (TestServer server = new TestServer(transport, TestServer::echo); RawClient client = server.connect()) {
            Thread sender = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 4; i++) {
                        client.send(head).send(body);
                    }
                } catch (IOException e) {
                    // what the test reads says why
                }
            });
            for (int i = 0; i < 4; i++) {
                assertThat(client.read().body()).isEqualTo(body);
            }
            sender.join();
        }
    }

    @Test
    void request_refusedBehindOthers_theOthersAreAnsweredFirst() throws Exception {
        BlockingQueue<HttpExchange> waiting = new ArrayBlockingQueue<>(2);
        try (TestServer server = new TestServer(transport, waiting::add); RawClient client = server.connect()) {
            client.send("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nnonsense\r\n\r\nGET /c HTTP/1.1\r\n\r\n");
            for (String target : List.of("/a", "/b")) {
                HttpExchange exchange = waiting.poll(20, TimeUnit.SECONDS);
                TestServer.echo(exchange);
                assertThat(client.read().header("target")).isEqualTo(target);
            }
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.ended()).isTrue();
            assertThat(waiting).isEmpty();
        }
    }

    private static Thread sendAside(RawClient client, byte[] bytes, Random random) {
        return Thread.ofPlatform().start(() -> {
            try {
                client.sendInPieces(bytes, random);
            } catch (IOException e) {
                // what the test reads says why
            }
        });
    }
}
