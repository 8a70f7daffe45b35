package io.nereid.server.console;

import io.nereid.server.http.JsonReply;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The answers of the console's interface: JSON that no browser keeps. */
final class ConsoleReply {
    private ConsoleReply() {}

    /** One document. */
    static HttpReply of(HttpExchange exchange, JsonReply.Document document) {
        return notKept(JsonReply.of(exchange, document));
    }

    /** A document that was written already; nobody changes the bytes. */
    static HttpReply of(byte[] document) {
        return notKept(HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, Unpooled.wrappedBuffer(document)));
    }

    private static HttpReply notKept(HttpReply reply) {
        return reply.withHeader(new HttpReply.Header("Cache-Control", "no-store"))
                .withHeader(new HttpReply.Header("X-Content-Type-Options", "nosniff"));
    }
}
