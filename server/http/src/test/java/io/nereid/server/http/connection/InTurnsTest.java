package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.server.http.Endpoint;
import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.InTurns;
import io.nereid.server.http.ModelPath;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** What takes its time is given to one client after the other, and keeps nobody from anything else. */
class InTurnsTest {
    private static final String SLOW = "GET /slow HTTP/1.1\r\n\r\n";

    /** Answers when it may; counts how often it was asked, and by how many at once. */
    private static final class Listing implements Endpoint.Slow {
        private final Semaphore mayGo = new Semaphore(0);
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger atOnce = new AtomicInteger();

        @Override
        public ApiCategory category() {
            return ApiCategory.STATISTICS;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            begun.incrementAndGet();
            boolean alone = atOnce.incrementAndGet() == 1;
            mayGo.acquireUninterruptibly();
            atOnce.decrementAndGet();
            return HttpReply.empty(alone ? HttpResponseStatus.OK : HttpResponseStatus.CONFLICT, HttpReply.TEXT);
        }
    }

    @ParameterizedTest
    @MethodSource("io.nereid.server.http.connection.Transport#available")
    void answer_severalAsk_oneAfterTheOtherAndNobodyElseWaits(Transport transport) throws Exception {
        Listing listing = new Listing();
        EndpointHandler slow = new EndpointHandler(new InTurns(listing), ModelPath.NONE, Restrictions.NONE);
        Queue<HttpExchange> asked = new ConcurrentLinkedQueue<>();
        HttpHandler handler = exchange -> {
            if (exchange.target().equals("/slow")) {
                slow.handle(exchange);
                asked.add(exchange);
            } else {
                TestServer.echo(exchange);
            }
        };
        try (TestServer server = new TestServer(transport, handler);
                RawClient first = server.connect();
                RawClient second = server.connect();
                RawClient other = server.connect()) {
            first.send(SLOW);
            Await.until(() -> listing.begun.get() == 1);
            second.send(SLOW);
            RawClient leaves = server.connect();
            leaves.send(SLOW);
            Await.until(() -> asked.size() == 3);
            assertThat(other.send("GET /quick HTTP/1.1\r\n\r\n").read().status()).isEqualTo(200);
            leaves.reset();
            Await.until(() -> asked.stream().anyMatch(HttpExchange::isAbandoned));
            listing.mayGo.release(2);
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
            server.awaitNothingHeld(); // the turn of the one that left comes last
        }
        assertThat(listing.begun).as("not for the one that left").hasValue(2);
    }
}
