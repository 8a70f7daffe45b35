package io.nereid.server.grpc.http2;

import io.grpc.Attributes;
import io.grpc.Compressor;
import io.grpc.Context;
import io.grpc.Decompressor;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One connection of gRPC's. Its frames become calls, and what calls answer becomes frames; all of it on the
 * connection's event loop.
 */
public final class CallConnection extends Http2ConnectionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CallConnection.class);

    private final Http2Server server;
    private final ConnectionPolicy policy;
    private final Http2Connection.PropertyKey callKey;
    private final PingLimit pings;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ConnectionTimers timers;
    private @Nullable GracefulClose closing;
    private Attributes attributes = Attributes.EMPTY;
    private boolean ready;
    private boolean windowSent;
    /** Whether what is written now is flushed when all that was read has been handled. */
    private boolean reading;
    private boolean flushComes;
    private int waitingBytes;

    CallConnection(Http2Server server, PingLimit pings, Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        super(decoder, encoder, settings);
        this.server = server;
        this.policy = server.policy();
        this.pings = pings;
        this.callKey = connection().newKey();
        setCumulator(COMPOSITE_CUMULATOR); // what is read is not copied, wherever a frame is cut
        decoder.frameListener(new Frames());
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                if (timers != null && connection().numActiveStreams() == 0) {
                    timers.idle();
                }
            }
        });
    }

    // For its calls

    CallServices services() {
        return server.services();
    }

    Context context() {
        return server.context();
    }

    Attributes attributes() {
        return attributes;
    }

    EventExecutor executor() {
        return ctx().executor();
    }

    ByteBufAllocator allocator() {
        return ctx().alloc();
    }

    private ChannelHandlerContext ctx() {
        return Objects.requireNonNull(ctx);
    }

    /** Runs a task on the event loop, if that has not ended. On any thread. */
    private void execute(Runnable task) {
        if (executor().inEventLoop()) {
            task.run();
            return;
        }
        try {
            executor().execute(task);
        } catch (RejectedExecutionException _) {
            LOG.debug("the event loop has ended, and all connections with it");
        }
    }

    /** What an answer begins with. On any thread. */
    Http2Headers responseHead(@Nullable Compressor compressor, Metadata metadata) {
        return server.responseHead(compressor, metadata);
    }

    /** So many bytes more have come and wait for their calls. */
    void countWaiting(int more) {
        waitingBytes += more;
    }

    /** Bytes that have come and that no call has taken yet. On the event loop. */
    public int waitingBytes() {
        return waitingBytes;
    }

    /** Bytes that had waited were taken. */
    void giveBack(Http2Stream stream, int bytes) {
        try {
            if (bytes > 0 && decoder().flowController().consumeBytes(stream, bytes)) {
                flushSoon();
            }
        } catch (Http2Exception e) {
            onError(ctx(), true, e);
        }
    }

    /** What is to be done when something has been written or could not be. */
    @FunctionalInterface
    interface Written {
        void done(boolean success);
    }

    void write(Http2Stream stream, Http2Headers headers, boolean last, @Nullable Written whenWritten) {
        ChannelPromise promise = ctx().newPromise();
        if (whenWritten != null) {
            promise.addListener(future -> whenWritten.done(future.isSuccess()));
        }
        encoder().writeHeaders(ctx(), stream.id(), headers, 0, last, promise);
        flushSoon();
    }

    /** Takes over a message. */
    void write(Http2Stream stream, OutboundMessage message, @Nullable Runnable whenWritten) {
        OutboundMessage.Written written = message.toBuffers(allocator());
        MessageByReference memory = written.memory();
        List<ByteBuf> buffers = written.buffers();
        int end = buffers.size() - 1;
        for (int i = 0; i < end; i++) {
            encoder().writeData(ctx(), stream.id(), buffers.get(i), 0, false, ctx().newPromise());
        }
        ChannelPromise promise = ctx().newPromise();
        if (memory != null) {
            promise.addListener(_ -> memory.release());
        }
        if (whenWritten != null) {
            promise.addListener(_ -> whenWritten.run());
        }
        encoder().writeData(ctx(), stream.id(), buffers.get(end), 0, false, promise);
        flushSoon();
    }

    void reset(Http2Stream stream, Http2Error error) {
        resetStream(ctx(), stream.id(), error.code(), ctx().newPromise());
        flushSoon();
    }

    private void flushSoon() {
        if (!reading && !flushComes) {
            flushComes = true;
            executor().execute(this::flushNow); // behind all that other threads have handed over
        }
    }

    private void flushNow() {
        flushComes = false;
        flush(ctx());
    }

    // The connection

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Exception {
        ctx = context;
        ConnectionTimers started = new ConnectionTimers(policy, server.clock(), context.executor(), new Timed());
        timers = started;
        started.start();
        super.handlerAdded(context);
        sendWindow();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        super.channelActive(context);
        sendWindow();
    }

    /** What may be on its way on the whole connection is said once the settings have been sent. */
    private void sendWindow() throws Http2Exception {
        if (!windowSent && ctx().channel().isActive()) {
            windowSent = true;
            Http2Stream all = connection().connectionStream();
            int now = decoder().flowController().windowSize(all);
            decoder().flowController().incrementWindowSize(all, policy.windowBytes() - now);
            flush(ctx());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        reading = true;
        if (timers != null) {
            timers.heard();
        }
        super.channelRead(context, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        reading = false;
        super.channelReadComplete(context); // flushes
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        if (timers != null) {
            timers.stop();
        }
        try {
            cancelAll(Status.UNAVAILABLE.withDescription("the connection has ended"));
        } finally {
            super.channelInactive(context);
        }
        if (ready) {
            services().transportFilter().transportTerminated(attributes);
        }
    }

    private void cancelAll(Status status) throws Http2Exception {
        connection().forEachActiveStream(stream -> {
            Http2Call<?, ?> call = call(stream);
            if (call != null) {
                call.cancel(status);
            }
            return true;
        });
    }

    private @Nullable Http2Call<?, ?> call(@Nullable Http2Stream stream) {
        return stream == null ? null : stream.getProperty(callKey);
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
        if (ready && closing == null) {
            closeGracefully("app_requested", null);
            context.channel().closeFuture().addListener(_ -> promise.trySuccess());
        } else if (!ready) {
            context.close(promise);
        } else {
            super.close(context, promise);
        }
    }

    /** Asks the client to take another connection, and ends this one when its calls have ended. On any thread. */
    public void sendAway(String why) {
        execute(() -> closeGracefully(why, null));
    }

    private void closeGracefully(String why, @Nullable Duration grace) {
        if (closing == null && ctx().channel().isActive()) {
            GracefulClose begun = new GracefulClose(why, grace);
            closing = begun;
            begun.start();
        }
    }

    /** Ends it and all its calls. On any thread. */
    void closeAtOnce(Status status) {
        execute(() -> {
            try {
                cancelAll(status);
            } catch (Http2Exception e) {
                LOG.debug("calls could not be cancelled", e);
            }
            if (ready) {
                goAway(ctx(), connection().remote().lastStreamCreated(), Http2Error.NO_ERROR.code(),
                        ByteBufUtil.writeAscii(allocator(), "the connection ends"), ctx().newPromise());
                flush(ctx());
            }
            ctx().close();
        });
    }

    @Override
    protected void onStreamError(ChannelHandlerContext context, boolean outbound, Throwable cause,
            Http2Exception.StreamException error) {
        LOG.debug("a call of {} has failed", context.channel().remoteAddress(), cause);
        Http2Call<?, ?> call = call(connection().stream(error.streamId()));
        super.onStreamError(context, outbound, cause, error);
        if (call != null) {
            call.cancel(Status.CANCELLED.withDescription(error.getMessage()));
        }
    }

    @Override
    protected void onConnectionError(ChannelHandlerContext context, boolean outbound, Throwable cause,
            @Nullable Http2Exception error) {
        LOG.debug("the connection of {} has failed", context.channel().remoteAddress(), cause);
        super.onConnectionError(context, outbound, cause, error);
    }

    /** What comes from the client. */
    private final class Frames extends Http2FrameAdapter {
        @Override
        public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) {
            if (!ready) {
                ready = true;
                if (timers != null) {
                    timers.ready();
                }
                attributes = services().transportFilter().transportReady(transportAttributes(context));
            }
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext context, int streamId, Http2Headers headers, int padding,
                boolean last) {
            Http2Stream stream = connection().stream(streamId);
            Http2Call<?, ?> call = call(stream);
            if (call != null) {
                call.received(Unpooled.EMPTY_BUFFER, last);
            } else if (stream != null) {
                begin(stream, headers, last);
            }
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext context, int streamId, Http2Headers headers,
                int streamDependency, short weight, boolean exclusive, int padding, boolean last) {
            onHeadersRead(context, streamId, headers, padding, last);
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean last) {
            Http2Call<?, ?> call = call(connection().stream(streamId));
            return padding + (call == null ? data.readableBytes() : call.received(data, last));
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
            Http2Call<?, ?> call = call(connection().stream(streamId));
            if (call != null) {
                call.cancel(Status.CANCELLED.withDescription("RST_STREAM received for code " + errorCode));
            }
        }

        @Override
        public void onPingRead(ChannelHandlerContext context, long data) {
            if (!pings.permits(connection().numActiveStreams() > 0)) {
                goAway(context, connection().remote().lastStreamCreated(), Http2Error.ENHANCE_YOUR_CALM.code(),
                        ByteBufUtil.writeAscii(context.alloc(), "too_many_pings"), context.newPromise());
                flush(context);
                closeAtOnce(Status.RESOURCE_EXHAUSTED.withDescription("Too many pings from client"));
            }
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext context, long data) {
            if (closing != null && data == GracefulClose.PING) {
                closing.seen();
            }
        }
    }

    private static Attributes transportAttributes(ChannelHandlerContext context) {
        Attributes.Builder known = Attributes.newBuilder()
                .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, context.channel().remoteAddress())
                .set(Grpc.TRANSPORT_ATTR_LOCAL_ADDR, context.channel().localAddress());
        SslHandler encryption = context.pipeline().get(SslHandler.class);
        if (encryption != null) {
            known.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, encryption.engine().getSession());
        }
        return known.build();
    }

    private void begin(Http2Stream stream, Http2Headers headers, boolean last) {
        NotGrpc wrong = NotGrpc.of(headers);
        if (wrong != null) {
            refuse(stream, wrong);
            return;
        }
        RequestHead head;
        try {
            head = RequestHead.of(headers);
        } catch (IllegalArgumentException e) {
            refuse(stream, Status.INTERNAL.withDescription(e.getMessage()));
            return;
        }
        ServerMethodDefinition<?, ?> method = server.method(headers.path());
        if (method == null) {
            refuse(stream, Status.UNIMPLEMENTED.withDescription("Method not found: " + headers.path()));
        } else {
            begin(stream, head, method, last);
        }
    }

    private void begin(Http2Stream stream, RequestHead head, ServerMethodDefinition<?, ?> method, boolean last) {
        Decompressor decompressor = server.decompressor(head.encoding());
        if (decompressor == null) {
            refuse(stream, Status.UNIMPLEMENTED.withDescription("Can't find decompressor for " + head.encoding()));
            return;
        }
        Http2Call<?, ?> call = new Http2Call<>(this, stream, head, method, decompressor);
        stream.setProperty(callKey, call);
        call.start();
        if (last) {
            call.received(Unpooled.EMPTY_BUFFER, true);
        }
    }

    private void refuse(Http2Stream stream, Status status) {
        write(stream, GrpcHeaders.onlyTrailers(status, new Metadata()), true, _ -> resetIfOpen(stream));
    }

    private void refuse(Http2Stream stream, NotGrpc wrong) {
        encoder().writeHeaders(ctx(), stream.id(), wrong.headers(), 0, false, ctx().newPromise());
        encoder().writeData(ctx(), stream.id(), ByteBufUtil.writeUtf8(allocator(), wrong.text()), 0, true,
                ctx().newPromise().addListener(_ -> resetIfOpen(stream)));
        flushSoon();
    }

    /** Nobody reads what else the client would send. */
    void resetIfOpen(Http2Stream stream) {
        if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
            reset(stream, Http2Error.NO_ERROR);
        }
    }

    /** What happens by the passing of time. */
    private final class Timed implements ConnectionTimers.Actions {
        private static final long PING = 0;

        @Override
        public boolean hasCalls() {
            return connection().numActiveStreams() > 0;
        }

        @Override
        public void ping() {
            encoder().writePing(ctx(), false, PING, ctx().newPromise());
            flush(ctx());
        }

        @Override
        public void closeGracefully(String why, @Nullable Duration grace) {
            CallConnection.this.closeGracefully(why, grace);
        }

        @Override
        public void closeAtOnce(String why) {
            LOG.debug("{}: {}", ctx().channel().remoteAddress(), why);
            CallConnection.this.closeAtOnce(Status.UNAVAILABLE.withDescription(why));
        }
    }

    /**
     * The end of a connection whose client is to lose no call: it is told to begin no more, and when it has heard of
     * that, which calls were the last ones.
     */
    private final class GracefulClose {
        /** What the ping says that follows the first GOAWAY: any number that {@link Timed} does not send. */
        static final long PING = 1;
        private static final long HEARD_SECONDS = 10;

        private final String why;
        private final @Nullable Duration grace;
        private boolean seen;

        GracefulClose(String why, @Nullable Duration grace) {
            this.why = why;
            this.grace = grace;
        }

        void start() {
            sayGoodbye(Integer.MAX_VALUE);
            encoder().writePing(ctx(), false, PING, ctx().newPromise());
            flush(ctx());
            executor().schedule(this::seen, HEARD_SECONDS, TimeUnit.SECONDS);
        }

        private void sayGoodbye(int lastStream) {
            goAway(ctx(), lastStream, Http2Error.NO_ERROR.code(), ByteBufUtil.writeAscii(allocator(), why),
                    ctx().newPromise());
        }

        void seen() {
            if (seen || !ctx().channel().isActive()) {
                return;
            }
            seen = true;
            sayGoodbye(connection().remote().lastStreamCreated());
            gracefulShutdownTimeoutMillis(grace == null ? -1 : grace.toMillis());
            try {
                CallConnection.super.close(ctx(), ctx().newPromise());
            } catch (Exception e) {
                onError(ctx(), true, e);
            }
        }
    }
}
