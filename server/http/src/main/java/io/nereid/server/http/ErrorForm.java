package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.handler.codec.http.HttpResponseStatus;

/** What the errors of some routes look like. Immutable; called on event loops and virtual threads. */
public interface ErrorForm {
    /** That of the v2 protocol. */
    ErrorForm PROTOCOL = new ErrorForm() {
        @Override
        public HttpReply of(HttpExchange exchange, InferenceException error) {
            return ErrorReply.of(exchange, error);
        }

        @Override
        public HttpReply of(HttpExchange exchange, HttpResponseStatus status, String text) {
            return ErrorReply.of(exchange, status, text);
        }

        @Override
        public HttpReply restricted(HttpExchange exchange, String header) {
            return of(exchange, HttpResponseStatus.FORBIDDEN,
                    "This API is restricted, expecting header '" + header + "'");
        }
    };

    /** The reply to a request that failed so. */
    HttpReply of(HttpExchange exchange, InferenceException error);

    /** A reply with this status and text. */
    HttpReply of(HttpExchange exchange, HttpResponseStatus status, String text);

    /** The reply to a client that does not send that header as it has to. */
    HttpReply restricted(HttpExchange exchange, String header);
}
