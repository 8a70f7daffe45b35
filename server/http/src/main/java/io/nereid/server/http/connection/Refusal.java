package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import org.jspecify.annotations.Nullable;

import java.util.Iterator;

/** Replies to what is no request that a handler could answer. */
final class Refusal {
    private Refusal() {}

    /** The reply to a head that cannot be served, or null for a good one. */
    static @Nullable HttpReply ofHead(HttpRequest request, ByteBufAllocator allocator) {
        Throwable fault = request.decoderResult().cause();
        if (fault != null) {
            return ofFault(fault, allocator);
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return reply(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "unsupported HTTP version (expected: 1.1)",
                    allocator);
        }
        String expectation = request.headers().get(HttpHeaderNames.EXPECT);
        if (expectation != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
            return reply(HttpResponseStatus.EXPECTATION_FAILED, "unknown expectation (expected: 100-continue)",
                    allocator);
        }
        if (hasTwoHosts(request.headers())) {
            return reply(HttpResponseStatus.BAD_REQUEST, "more than one Host header (expected: one)", allocator);
        }
        return null;
    }

    /** Then a proxy before this server may have taken the request for another host's than we would. */
    private static boolean hasTwoHosts(HttpHeaders headers) {
        Iterator<? extends CharSequence> hosts = headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
        if (hosts.hasNext()) {
            hosts.next();
        }
        return hosts.hasNext();
    }

    /** The reply to a body whose chunks are none, or null for a good piece of it. */
    static @Nullable HttpReply ofContent(HttpContent content, ByteBufAllocator allocator) {
        Throwable fault = content.decoderResult().cause();
        return fault == null ? null : ofFault(fault, allocator);
    }

    private static HttpReply ofFault(Throwable fault, ByteBufAllocator allocator) {
        return switch (fault) {
            case TooLongHttpLineException _ ->
                reply(HttpResponseStatus.REQUEST_URI_TOO_LONG, "request line is too long", allocator);
            case TooLongHttpHeaderException _ ->
                reply(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "request header is too large", allocator);
            default -> reply(HttpResponseStatus.BAD_REQUEST, "malformed HTTP request", allocator);
        };
    }

    /** The reply to a body there is no memory for, or to a request whose handler failed. */
    static HttpReply of(InferenceException error, ByteBufAllocator allocator) {
        HttpResponseStatus status = switch (error.code()) {
            case UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
            case INTERNAL -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
            default -> HttpResponseStatus.BAD_REQUEST;
        };
        return reply(status, error.text(), allocator).withRetryAfter(error);
    }

    /** The reply to a request that took too long to arrive. */
    static HttpReply timeout(String what, ByteBufAllocator allocator) {
        return reply(HttpResponseStatus.REQUEST_TIMEOUT, what, allocator);
    }

    /** The reply to a request whose client stopped sending in the middle of it. */
    static HttpReply cutShort(ByteBufAllocator allocator) {
        return reply(HttpResponseStatus.BAD_REQUEST,
                "the request ended in the middle of its body (expected all of it before the connection is half-closed)",
                allocator);
    }

    /** Texts here are ours and hold nothing that JSON would escape. */
    private static HttpReply reply(HttpResponseStatus status, String text, ByteBufAllocator allocator) {
        ByteBuf body = ByteBufUtil.writeUtf8(allocator, "{\"error\":\"" + text + "\"}");
        return HttpReply.of(status, HttpReply.JSON, body);
    }
}
