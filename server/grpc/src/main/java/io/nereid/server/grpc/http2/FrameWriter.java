package io.nereid.server.grpc.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Writes the frames of one connection, and flushes once for all that one read, or one turn of the loop, has led to. On
 * the connection's event loop.
 */
final class FrameWriter {
    private final Http2ConnectionHandler handler;
    private final ChannelHandlerContext context;
    /** Whether what is written now is flushed when all that was read has been handled. */
    private boolean reading;
    private boolean flushComes;

    /** @param handler the connection's, which encodes the frames */
    FrameWriter(Http2ConnectionHandler handler, ChannelHandlerContext context) {
        this.handler = handler;
        this.context = context;
    }

    /** What is to be done when something has been written or could not be. */
    @FunctionalInterface
    interface Written {
        void done(boolean success);
    }

    void write(Http2Stream stream, Http2Headers headers, boolean last, @Nullable Written whenWritten) {
        ChannelPromise promise = context.newPromise();
        if (whenWritten != null) {
            promise.addListener(future -> whenWritten.done(future.isSuccess()));
        }
        handler.encoder().writeHeaders(context, stream.id(), headers, 0, last, promise);
        flushSoon();
    }

    /** Takes over a message. */
    void write(Http2Stream stream, OutboundMessage message, @Nullable Runnable whenWritten) {
        OutboundMessage.Written written = message.toBuffers(context.alloc());
        MessageByReference memory = written.memory();
        List<ByteBuf> buffers = written.buffers();
        int end = buffers.size() - 1;
        for (int i = 0; i < end; i++) {
            handler.encoder().writeData(context, stream.id(), buffers.get(i), 0, false, context.newPromise());
        }
        ChannelPromise promise = context.newPromise();
        if (memory != null) {
            promise.addListener(_ -> memory.release());
        }
        if (whenWritten != null) {
            promise.addListener(_ -> whenWritten.run());
        }
        handler.encoder().writeData(context, stream.id(), buffers.get(end), 0, false, promise);
        flushSoon();
    }

    /** Answers what is none of gRPC's requests, and reads no more of it. */
    void refuse(Http2Stream stream, NotGrpc wrong) {
        handler.encoder().writeHeaders(context, stream.id(), wrong.headers(), 0, false, context.newPromise());
        handler.encoder().writeData(context, stream.id(), ByteBufUtil.writeUtf8(context.alloc(), wrong.text()), 0, true,
                context.newPromise().addListener(_ -> resetIfOpen(stream)));
        flushSoon();
    }

    void reset(Http2Stream stream, Http2Error error) {
        handler.resetStream(context, stream.id(), error.code(), context.newPromise());
        flushSoon();
    }

    /** Ends a stream that has all its answer: nobody reads what else the client would send. */
    void resetIfOpen(Http2Stream stream) {
        if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
            reset(stream, Http2Error.NO_ERROR);
        }
    }

    /** What was read is being handled: the end of that flushes all that it leads to. */
    void readBegins() {
        reading = true;
    }

    /** What was read has been handled, and the caller flushes. */
    void readEnds() {
        reading = false;
    }

    /** Flushes at the end of what is being read, or as a task. */
    void flushSoon() {
        if (!reading && !flushComes) {
            flushComes = true;
            context.executor().execute(this::flushNow); // behind all that other threads have handed over
        }
    }

    private void flushNow() {
        flushComes = false;
        handler.flush(context);
    }
}
