package io.nereid.server.http;

import io.nereid.inference.NanoClock;
import io.nereid.server.http.connection.ForwardingHandler;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.transport.OncePerMinute;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;

/**
 * Refuses what pages of other servers would change here through the browser of somebody who may (docs/operations.md):
 * by the head alone, so that such a page cannot make the server hold a body. Requests without {@code Origin}, as all
 * that are not a browser's, cost one look at their header lines. Runs on event loops.
 */
final class OriginCheck extends ForwardingHandler {
    private static final Logger LOG = LoggerFactory.getLogger(OriginCheck.class);
    /** Methods that change nothing; whether another page may read the answer is the browser's decision. */
    private static final Set<HttpMethod> HARMLESS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    /** Characters of a header line that an answer or the log repeats. */
    private static final int MOST_SHOWN = 100;

    private final OriginPolicy policy;
    private final String scheme;
    private final OncePerMinute refusalLog;

    /**
     * A check in front of a handler.
     *
     * @param encrypted whether the server is asked by {@code https}
     */
    OriginCheck(HttpHandler next, OriginPolicy policy, boolean encrypted, NanoClock clock) {
        super(next);
        this.policy = policy;
        this.scheme = encrypted ? "https" : "http";
        this.refusalLog = new OncePerMinute(clock);
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        HttpHeaders headers = head.headers();
        if (!policy.hosts().isEmpty() && !policy.isAskedBy(headers.get(HttpHeaderNames.HOST))) {
            return refused(head, "Host: got '" + shown(headers.get(HttpHeaderNames.HOST))
                    + "' (expected an IP address, localhost, or a name in --http-allowed-hosts)");
        }
        return headers.contains(HttpHeaderNames.ORIGIN) ? ofPage(head) : next().route(head);
    }

    private HttpHandler ofPage(HttpRequest head) {
        HttpHeaders headers = head.headers();
        List<String> said = headers.getAll(HttpHeaderNames.ORIGIN);
        Origin page = said.size() == 1 ? Origin.parse(said.getFirst()) : null;
        Origin own = Origin.ofHost(scheme, headers.get(HttpHeaderNames.HOST));
        if (page != null && page.equals(own)) {
            return next().route(head);
        }
        if (policy.allows(page)) {
            return CrossOriginHandler.of(head, next().route(head), policy.any() ? null : page);
        }
        return HARMLESS.contains(head.method()) ? next().route(head)
                : refused(head, "Origin: got '" + shown(String.join(", ", said)) + "' (expected "
                        + (own == null ? "that of this server" : "'" + own + "'")
                        + ", or one that --http-allowed-origins names)");
    }

    private HttpHandler refused(HttpRequest head, String reason) {
        if (refusalLog.isDue()) {
            LOG.warn("refused {} {}: {}", head.method(), shown(head.uri()), reason);
        }
        return new Refused(reason);
    }

    private static String shown(@Nullable String text) {
        String all = String.valueOf(text);
        return all.length() <= MOST_SHOWN ? all : all.substring(0, MOST_SHOWN) + "...";
    }

    /** A request that nobody reads further than its head. */
    private record Refused(String reason) implements HttpHandler {
        @Override
        public HttpReply refusal(ByteBufAllocator allocator) {
            return ErrorReply.of(allocator, HttpResponseStatus.FORBIDDEN, reason);
        }

        @Override
        public void handle(HttpExchange exchange) {
            exchange.body().release();
            exchange.reply(refusal(exchange.allocator()));
        }
    }
}
