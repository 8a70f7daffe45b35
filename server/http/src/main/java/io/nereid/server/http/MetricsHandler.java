package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Supplier;

/**
 * The metrics port: {@code GET /metrics}. As in Triton any other path has an empty answer, and any other method is
 * refused (docs/compatibility.md). The text is made on a virtual thread: the event loop does not wait for it.
 */
public final class MetricsHandler implements HttpHandler {
    /** What Prometheus and Triton's own clients look for. */
    private static final String CONTENT_TYPE = "text/plain; charset=utf-8";
    private static final Logger LOG = LoggerFactory.getLogger(MetricsHandler.class);

    private final Supplier<String> metrics;

    /** @param metrics asked on a virtual thread, by several at a time */
    public MetricsHandler(Supplier<String> metrics) {
        this.metrics = metrics;
    }

    @Override
    public void handle(HttpExchange exchange) {
        String path = RequestPath.of(exchange.target());
        if (exchange.method().equals(HttpMethod.GET) && (path.equals("/metrics") || path.equals("/metrics/"))) {
            answerInTime(exchange);
            return;
        }
        exchange.body().release();
        exchange.reply(HttpReply.empty(exchange.method().equals(HttpMethod.GET) ? HttpResponseStatus.OK
                : HttpResponseStatus.METHOD_NOT_ALLOWED, HttpReply.TEXT));
    }

    /** Answers a request for the metrics, whatever its path and method. */
    public void answerInTime(HttpExchange exchange) {
        exchange.body().release();
        Thread.ofVirtual().name("metrics").start(() -> answer(exchange));
    }

    /** A border: whatever goes wrong is an answer too, for there is nobody else who would give one. */
    private void answer(HttpExchange exchange) {
        if (exchange.isAbandoned()) {
            return;
        }
        HttpReply reply;
        try {
            reply = compressed(exchange, HttpReply.of(HttpResponseStatus.OK, CONTENT_TYPE,
                    ByteBufUtil.writeUtf8(exchange.allocator(), metrics.get())));
        } catch (RuntimeException | Error e) {
            LOG.error("the metrics could not be written", e);
            reply = HttpReply.empty(HttpResponseStatus.INTERNAL_SERVER_ERROR, HttpReply.TEXT);
        }
        exchange.reply(reply);
    }

    private static HttpReply compressed(HttpExchange exchange, HttpReply plain) {
        Compression coding = Compression.preferred(exchange.headers().get(HttpHeaderNames.ACCEPT_ENCODING));
        if (coding == null) {
            return plain;
        }
        try {
            return coding.compress(plain, exchange.allocator());
        } catch (RuntimeException | Error e) {
            plain.release();
            throw e;
        }
    }
}
