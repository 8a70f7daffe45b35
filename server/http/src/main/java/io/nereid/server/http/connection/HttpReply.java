package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole answer. Whoever writes it releases {@code body} and {@code lease} when they are sent, whoever drops it at
 * once.
 *
 * @param status the status line
 * @param contentType the value of Content-Type
 * @param headers further header lines
 * @param body the body, or its first part
 * @param tail native memory that follows it, in order
 * @param lease what the tail lies in, and whatever else is held until the answer is sent
 */
public record HttpReply(HttpResponseStatus status, String contentType, List<Header> headers, ByteBuf body,
        List<MemorySegment> tail, Lease lease) {
    /** JSON, as most answers are. */
    public static final String JSON = "application/json";
    /** What Triton's HTTP library puts where nothing else was said. */
    public static final String TEXT = "text/plain";

    /**
     * One header line; neither part may come from a client.
     *
     * @param name the field's name
     * @param value its value
     */
    public record Header(String name, String value) {}

    /** An answer of one buffer. */
    public static HttpReply of(HttpResponseStatus status, String contentType, ByteBuf body) {
        return new HttpReply(status, contentType, List.of(), body, List.of(), Lease.NONE);
    }

    /** An answer without a body. */
    public static HttpReply empty(HttpResponseStatus status, String contentType) {
        return of(status, contentType, Unpooled.EMPTY_BUFFER);
    }

    /** The same answer with one more header line. */
    public HttpReply withHeader(Header header) {
        return withHeaders(List.of(header));
    }

    /** The same answer with more header lines. */
    public HttpReply withHeaders(List<Header> more) {
        List<Header> all = new ArrayList<>(headers);
        all.addAll(more);
        return new HttpReply(status, contentType, all, body, tail, lease);
    }

    /** The same answer, with a header line {@code Retry-After} if the error says when that may help. */
    public HttpReply withRetryAfter(InferenceException error) {
        int seconds = error.retryAfterSeconds();
        return seconds == 0 ? this : withHeader(new Header("Retry-After", Integer.toString(seconds)));
    }

    /** The same answer, with which {@code more} is released too: when it is written, or dropped. */
    public HttpReply with(Lease more) {
        Lease both = () -> {
            lease.release();
            more.release();
        };
        return new HttpReply(status, contentType, headers, body, tail, both);
    }

    /** Bytes of memory that it takes until it is written: more than its length where its buffer is larger. */
    public long bytesHeld() {
        return contentLength() - body.readableBytes() + body.capacity();
    }

    /** Bytes of body and tail together. */
    public long contentLength() {
        long length = body.readableBytes();
        for (MemorySegment segment : tail) {
            length += segment.byteSize();
        }
        return length;
    }

    /** Gives everything back without sending it. */
    public void release() {
        body.release();
        lease.release();
    }
}
