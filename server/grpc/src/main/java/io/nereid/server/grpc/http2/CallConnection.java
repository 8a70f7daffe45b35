package io.nereid.server.grpc.http2;

import io.grpc.Attributes;
import io.grpc.Compressor;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
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
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

/**
 * One connection of gRPC's, from its first frame to its end; all of it on the connection's event loop. Its frames
 * become {@link StreamCalls}, and what calls answer becomes frames by its {@link FrameWriter}.
 */
public final class CallConnection extends Http2ConnectionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CallConnection.class);

    private final Http2Server server;
    private final ConnectionPolicy policy;
    private final StreamCalls calls;
    private final PingLimit pings;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable FrameWriter frames;
    private @Nullable ConnectionTimers timers;
    private @Nullable GracefulClose closing;
    private Attributes attributes = Attributes.EMPTY;
    private boolean ready;
    private boolean windowSent;
    private int waitingBytes;

    CallConnection(Http2Server server, PingLimit pings, Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        super(decoder, encoder, settings);
        this.server = server;
        this.policy = server.policy();
        this.pings = pings;
        this.calls = new StreamCalls(this, server, connection());
        setCumulator(COMPOSITE_CUMULATOR); // what is read is not copied, wherever a frame is cut
        decoder.frameListener(new Frames());
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                if (timers != null && !calls.any()) {
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

    FrameWriter frames() {
        return Objects.requireNonNull(frames);
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
                frames().flushSoon();
            }
        } catch (Http2Exception e) {
            onError(ctx(), true, e);
        }
    }

    // The connection

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Exception {
        ctx = context;
        frames = new FrameWriter(this, context);
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
        frames().readBegins();
        if (timers != null) {
            timers.heard();
        }
        super.channelRead(context, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        frames().readEnds();
        super.channelReadComplete(context); // flushes
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        if (timers != null) {
            timers.stop();
        }
        try {
            calls.cancelAll(Status.UNAVAILABLE.withDescription("the connection has ended"));
        } finally {
            super.channelInactive(context);
        }
        if (ready) {
            services().transportFilter().transportTerminated(attributes);
        }
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
            GracefulClose begun = new GracefulClose(this, ctx(), why, () -> closeWithLastCall(grace));
            closing = begun;
            begun.start();
        }
    }

    private void closeWithLastCall(@Nullable Duration grace) {
        gracefulShutdownTimeoutMillis(grace == null ? -1 : grace.toMillis());
        try {
            super.close(ctx(), ctx().newPromise());
        } catch (Exception e) {
            onError(ctx(), true, e);
        }
    }

    /** Ends it and all its calls. On any thread. */
    void closeAtOnce(Status status) {
        execute(() -> {
            try {
                calls.cancelAll(status);
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
        Http2Call<?, ?> call = calls.at(error.streamId()); // before its stream goes
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
            calls.headers(streamId, headers, last);
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext context, int streamId, Http2Headers headers,
                int streamDependency, short weight, boolean exclusive, int padding, boolean last) {
            onHeadersRead(context, streamId, headers, padding, last);
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean last) {
            Http2Call<?, ?> call = calls.at(streamId);
            return padding + (call == null ? data.readableBytes() : call.received(data, last));
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
            calls.cancel(streamId, Status.CANCELLED.withDescription("RST_STREAM received for code " + errorCode));
        }

        @Override
        public void onPingRead(ChannelHandlerContext context, long data) {
            if (!pings.permits(calls.any())) {
                goAway(context, connection().remote().lastStreamCreated(), Http2Error.ENHANCE_YOUR_CALM.code(),
                        ByteBufUtil.writeAscii(context.alloc(), "too_many_pings"), context.newPromise());
                flush(context);
                closeAtOnce(Status.RESOURCE_EXHAUSTED.withDescription("Too many pings from client"));
            }
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext context, long data) {
            if (closing != null) {
                closing.answered(data);
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

    /** What happens by the passing of time. */
    private final class Timed implements ConnectionTimers.Actions {
        private static final long PING = 0;

        @Override
        public boolean hasCalls() {
            return calls.any();
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
}
