package io.nereid.server.http.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.nio.charset.StandardCharsets;

/** Writes status lines and header lines. Values are ours or checked, never a client's raw text. */
final class ReplyHead {
    private static final int TYPICAL_BYTES = 192;
    private static final byte[] OK = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII);

    private ReplyHead() {}

    /** The head of a reply of {@code length} bytes, with space behind it for {@code more}. */
    static ByteBuf sized(ByteBufAllocator allocator, HttpReply reply, long length, int more, boolean close,
            boolean sayKeepAlive) {
        ByteBuf out = begin(allocator.directBuffer(TYPICAL_BYTES + more), reply);
        if (!reply.status().equals(HttpResponseStatus.NOT_MODIFIED)) { // there it would be that of the whole file
            line(out, "Content-Length: ");
            decimal(out, length);
            line(out, "\r\n");
        }
        return end(out, close, sayKeepAlive);
    }

    /** The head of a reply whose length nobody knows: in chunks, or ended by the end of the connection. */
    static ByteBuf streamed(ByteBufAllocator allocator, HttpReply reply, boolean chunked, boolean close) {
        ByteBuf out = begin(allocator.directBuffer(TYPICAL_BYTES), reply);
        if (chunked) {
            line(out, "Transfer-Encoding: chunked\r\n");
        }
        return end(out, close, false);
    }

    /** The interim answer to {@code Expect: 100-continue}. */
    static ByteBuf goOn(ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(32);
        line(out, "HTTP/1.1 100 Continue\r\n\r\n");
        return out;
    }

    private static ByteBuf begin(ByteBuf out, HttpReply reply) {
        status(out, reply.status());
        header(out, "Content-Type", reply.contentType());
        for (HttpReply.Header header : reply.headers()) {
            header(out, header.name(), header.value());
        }
        return out;
    }

    private static ByteBuf end(ByteBuf out, boolean close, boolean sayKeepAlive) {
        if (close) {
            line(out, "Connection: close\r\n");
        } else if (sayKeepAlive) {
            line(out, "Connection: keep-alive\r\n");
        }
        line(out, "\r\n");
        return out;
    }

    private static void status(ByteBuf out, HttpResponseStatus status) {
        if (status.equals(HttpResponseStatus.OK)) {
            out.writeBytes(OK);
            return;
        }
        line(out, "HTTP/1.1 ");
        decimal(out, status.code());
        out.writeByte(' ');
        line(out, status.reasonPhrase());
        line(out, "\r\n");
    }

    private static void header(ByteBuf out, String name, String value) {
        line(out, name);
        line(out, ": ");
        line(out, value);
        line(out, "\r\n");
    }

    private static void line(ByteBuf out, String text) {
        ByteBufUtil.writeAscii(out, text);
    }

    private static void decimal(ByteBuf out, long value) {
        if (value >= 10) {
            decimal(out, value / 10);
        }
        out.writeByte((int) ('0' + value % 10));
    }
}
