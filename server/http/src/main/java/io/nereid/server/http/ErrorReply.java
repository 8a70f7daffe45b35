package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.JsonErrors;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;

/** What an error looks like over HTTP: a status, {@code Retry-After} where that helps, and
 * {@code {"error":"<text>"}} (docs/errors.md). */
public final class ErrorReply {
    private ErrorReply() {}

    /** The reply to a request that failed so. */
    public static HttpReply of(HttpExchange exchange, InferenceException error) {
        return of(exchange, status(error.code()), error);
    }

    /** The same with another status. */
    public static HttpReply of(HttpExchange exchange, HttpResponseStatus status, InferenceException error) {
        return of(exchange, status, error.text()).withRetryAfter(error);
    }

    /** A reply with this status and text. */
    public static HttpReply of(HttpExchange exchange, HttpResponseStatus status, String text) {
        return of(exchange.allocator(), status, text);
    }

    static HttpReply of(ByteBufAllocator allocator, HttpResponseStatus status, String text) {
        ByteBuf body = allocator.directBuffer(text.length() + 32);
        JsonErrors.write(text, body);
        return HttpReply.of(status, HttpReply.JSON, body);
    }

    /**
     * Triton's table from error code to status; a malformed request is a 500 there when the JSON itself is at fault.
     */
    static HttpResponseStatus status(ErrorCode code) {
        return switch (code) {
            case INTERNAL -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
            case NOT_FOUND -> HttpResponseStatus.NOT_FOUND;
            case UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
            case UNSUPPORTED -> HttpResponseStatus.NOT_IMPLEMENTED;
            case UNKNOWN, INVALID_ARG, ALREADY_EXISTS, CANCELLED -> HttpResponseStatus.BAD_REQUEST;
        };
    }
}
