package io.nereid.server.http.connection;

import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.server.ledger.Account;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * One request and the way to answer it: either {@link #reply} once, or {@link #startStream}, any number of {@link
 * #send} and {@link #endStream}. Thread-safe; the calls that make one answer come one after the other.
 */
public final class HttpExchange {
    private final HttpConnection connection;
    private final HttpRequest head;
    private final TensorBuffer body;
    private final boolean keepAlive;
    private final long arrivalNanos;
    /** Written on the event loop only. */
    private volatile boolean abandoned;
    /** Whether it is cancelled when its client sends no more; on the event loop only. */
    private boolean needsClient;
    /** What to do if the client goes; on the event loop only. */
    private @Nullable Runnable ifAbandoned;
    /** What the answer's head says besides; on the event loop only. */
    private List<HttpReply.Header> lines = List.of();

    HttpExchange(HttpConnection connection, HttpRequest head, TensorBuffer body, long arrivalNanos) {
        this.connection = connection;
        this.head = head;
        this.body = body;
        this.keepAlive = HttpUtil.isKeepAlive(head);
        this.arrivalNanos = arrivalNanos;
    }

    /** The request line and the header lines. */
    public HttpRequest head() {
        return head;
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

    /** When the request's head was there, in nanoseconds; 0 unless {@link HttpHandler#wantsTimes} said so then. */
    public long arrivalNanos() {
        return arrivalNanos;
    }

    /** The client's address and port; empty where that is not known. */
    public String clientAddress() {
        return connection.clientAddress();
    }

    /** The connection's account: what is held for this request is charged beneath it. */
    public Account account() {
        return connection.account();
    }

    /** The connection's event loop. */
    public EventExecutor executor() {
        return connection.executor();
    }

    /** Where buffers for the reply come from. */
    public ByteBufAllocator allocator() {
        return connection.allocator();
    }

    /** Adds these lines to the head of the answer, whoever gives it. On the event loop, before there is one. */
    public void answerWith(List<HttpReply.Header> more) {
        lines = more;
    }

    /** The answer with the lines that it is to have besides. On the event loop. */
    HttpReply completed(HttpReply reply) {
        return lines.isEmpty() ? reply : reply.withHeaders(lines);
    }

    /** Answers. The connection owns the reply from here on and drops it if the client has gone. */
    public void reply(HttpReply reply) {
        onLoop(() -> connection.reply(this, reply), reply::release);
    }

    /** Begins an answer of unknown length; {@code head}'s body is its first part. */
    public void startStream(HttpReply head) {
        onLoop(() -> connection.startStream(this, head), head::release);
    }

    /**
     * Sends another part; the connection owns it from here on.
     *
     * @param held is released when the part has gone into the socket, or was dropped: until then the client is behind
     */
    public void send(ByteBuf part, Lease held) {
        onLoop(() -> connection.send(this, part, held), () -> {
            part.release();
            held.release();
        });
    }

    /** Ends an answer that {@link #startStream} began. */
    public void endStream() {
        endStream(Lease.NONE);
    }

    /**
     * Ends an answer that {@link #startStream} began.
     *
     * @param held is released when all of the answer has gone into the socket, or was dropped
     */
    public void endStream(Lease held) {
        onLoop(() -> connection.endStream(this, held), held::release);
    }

    /**
     * Registers what to do if the client goes away before it has its answer, instead of what was registered before.
     *
     * <p>{@code step} runs on the event loop, at most once: when the connection ends before the reply is handed to it
     * (a streamed one: before its end), or at once if it has ended already. It does not run once the reply is given,
     * even if the client is gone before it has read it.
     */
    public void whenAbandoned(Runnable step) {
        onLoop(() -> {
            if (connection.isAnswering(this)) {
                ifAbandoned = step;
            } else if (abandoned) {
                step.run();
            }
        }, step);
    }

    /**
     * Says that a client that ends its sending side before it has the answer is taken to have gone: that is how one
     * cancels what takes long and changes nothing. Without this it gets its answer all the same. On the event loop.
     */
    public void cancelWithoutClient() {
        needsClient = true;
        connection.cancelIfInputEnded();
    }

    /** Whether {@link #cancelWithoutClient} was said. */
    boolean needsItsClient() {
        return needsClient;
    }

    /**
     * Whether the client went away before its answer: what is done for it from here on is for nothing. On any thread.
     */
    public boolean isAbandoned() {
        return abandoned;
    }

    /** Says that the client has gone. On the event loop, once, and only while the request waits for its reply. */
    void abandon() {
        abandoned = true;
        Runnable step = ifAbandoned;
        ifAbandoned = null;
        if (step != null) {
            step.run();
        }
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
