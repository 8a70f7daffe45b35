package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests whose clients go away before they have their answers. */
@Timeout(60)
@ParameterizedClass
@MethodSource("io.nereid.server.http.connection.Transport#available")
class AbandonTest {
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Transport transport;
    private final BlockingQueue<HttpExchange> waiting = new ArrayBlockingQueue<>(10);
    private final AtomicInteger runs = new AtomicInteger();
    private volatile String ranOn = "";

    AbandonTest(Transport transport) {
        this.transport = transport;
    }

    private TestServer server() {
        return new TestServer(transport, waiting::add);
    }

    private HttpExchange next() throws InterruptedException {
        HttpExchange exchange = Objects.requireNonNull(waiting.poll(20, TimeUnit.SECONDS), "no request arrived");
        exchange.body().release();
        return exchange;
    }

    private void step() {
        ranOn = Thread.currentThread().getName();
        runs.incrementAndGet();
    }

    private static HttpReply ok() {
        return HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT);
    }

    private static String threadOf(HttpExchange exchange) throws Exception {
        return exchange.executor().submit(() -> Thread.currentThread().getName()).get(20, TimeUnit.SECONDS);
    }

    @Test
    void client_goesBeforeItsReply_theStepRunsOnceOnTheEventLoop() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            exchange.whenAbandoned(this::step);
            assertThat(exchange.isAbandoned()).isFalse();
            client.reset();
            Await.until(() -> runs.get() > 0);
            assertThat(exchange.isAbandoned()).isTrue();
            assertThat(ranOn).isEqualTo(threadOf(exchange));
            exchange.reply(ok());
            server.connections.drain(PATIENCE);
            assertThat(runs).hasValue(1);
        }
    }

    @Test
    void step_registeredWhenTheClientHasGone_runsAtOnce() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            client.reset();
            Await.until(exchange::isAbandoned);
            exchange.whenAbandoned(this::step);
            Await.until(() -> runs.get() == 1);
            assertThat(ranOn).isEqualTo(threadOf(exchange));
        }
    }

    @Test
    void step_registeredWhenTheServerHasEnded_runsAtOnce() throws Exception {
        HttpExchange exchange;
        try (TestServer server = server(); RawClient client = server.connect()) {
            client.send(GET);
            exchange = next();
        }
        exchange.whenAbandoned(this::step);
        assertThat(runs).hasValue(1);
    }

    @Test
    void reply_given_theStepNeverRuns() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            exchange.whenAbandoned(this::step);
            exchange.reply(ok());
            assertThat(client.read().status()).isEqualTo(200);
            exchange.whenAbandoned(this::step);
            client.reset();
            assertThat(server.connections.drain(PATIENCE)).isTrue();
            assertThat(exchange.isAbandoned()).isFalse();
            assertThat(runs).hasValue(0);
        }
    }

    @Test
    void secondStep_registered_takesTheFirstOnesPlace() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            exchange.whenAbandoned(() -> runs.addAndGet(100));
            exchange.whenAbandoned(this::step);
            client.reset();
            Await.until(() -> runs.get() > 0);
            assertThat(runs).hasValue(1);
        }
    }

    @Test
    void client_goesInTheMiddleOfAStream_theStepRuns() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            exchange.whenAbandoned(this::step);
            exchange.startStream(ok());
            client.readStreamHead();
            assertThat(runs).hasValue(0);
            client.reset();
            Await.until(() -> runs.get() == 1);
            exchange.endStream();
        }
    }

    @Test
    void pipelinedRequest_answered_nextOnesStepIsItsOwn() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET + GET);
            HttpExchange first = next();
            first.whenAbandoned(() -> runs.addAndGet(100));
            first.reply(ok());
            HttpExchange second = next();
            second.whenAbandoned(this::step);
            client.reset();
            Await.until(() -> runs.get() > 0);
            assertThat(runs).hasValue(1);
            assertThat(first.isAbandoned()).isFalse();
        }
    }

    @Test
    void streamsFirstPart_notReadYet_holdsItsLease() throws Exception {
        try (TestServer server = server()) {
            RawClient client = server.connect().send(GET);
            HttpExchange exchange = next();
            CountingLease lease = new CountingLease();
            exchange.startStream(HttpReply
                    .of(HttpResponseStatus.OK, HttpReply.TEXT, Unpooled.directBuffer(32 << 20).writeZero(32 << 20))
                    .with(lease));
            exchange.endStream();
            client.readStreamHead();
            assertThat(lease.releases()).isZero();
            client.reset();
            Await.until(() -> lease.releases() > 0);
            assertThat(server.connections.drain(PATIENCE)).isTrue();
            assertThat(lease.releases()).isEqualTo(1);
        }
    }
}
