package io.nereid.server.http.connection;

import io.nereid.inference.TensorBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.concurrent.EventExecutor;

import java.util.concurrent.RejectedExecutionException;

/**
 * One request and the way to answer it: either {@link #reply} once, or {@link #startStream}, any number of {@link #send}
 * and {@link #endStream}. Thread-safe; the calls that make one answer come one after the other.
 */
public final class HttpExchange {
    private final HttpConnection connection;
    private final HttpRequest head;
    private final TensorBuffer body;
    private final boolean keepAlive;

    HttpExchange(HttpConnection connection, HttpRequest head, TensorBuffer body) {
        this.connection = connection;
        this.head = head;
        this.body = body;
        this.keepAlive = HttpUtil.isKeepAlive(head);
    }

    /** The request's method. */
    public HttpMethod method() {
        return head.method();
    }

    /** The request target as it was sent, query included. */
    public String target() {
        return head.uri();
    }

    /** The request's header lines. */
    public HttpHeaders headers() {
        return head.headers();
    }

    /** The whole body, possibly of no bytes. The handler owns it: it releases it exactly once, in every case. */
    public TensorBuffer body() {
        return body;
    }

    /** The connection's event loop. */
    public EventExecutor executor() {
        return connection.executor();
    }

    /** Where buffers for the reply come from. */
    public ByteBufAllocator allocator() {
        return connection.allocator();
    }

    /** Answers. The connection owns the reply from here on and drops it if the client has gone. */
    public void reply(HttpReply reply) {
        onLoop(() -> connection.reply(this, reply), reply::release);
    }

    /** Begins an answer of unknown length; {@code head}'s body is its first part. */
    public void startStream(HttpReply head) {
        onLoop(() -> connection.startStream(this, head), head::release);
    }

    /** Sends another part; the connection owns it from here on. */
    public void send(ByteBuf part) {
        onLoop(() -> connection.send(this, part), part::release);
    }

    /** Ends an answer that {@link #startStream} began. */
    public void endStream() {
        onLoop(() -> connection.endStream(this), () -> {
        });
    }

    private void onLoop(Runnable step, Runnable drop) {
        EventExecutor loop = executor();
        if (loop.inEventLoop()) {
            step.run();
            return;
        }
        try {
            loop.execute(step);
        } catch (RejectedExecutionException e) {
            drop.run(); // the server has ended, and the connection with it
        }
    }

    boolean keepAlive() {
        return keepAlive;
    }

    boolean isHead() {
        return head.method().equals(HttpMethod.HEAD);
    }

    boolean isHttp10() {
        return head.protocolVersion().majorVersion() == 1 && head.protocolVersion().minorVersion() == 0;
    }
}
