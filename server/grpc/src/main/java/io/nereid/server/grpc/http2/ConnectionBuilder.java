package io.nereid.server.grpc.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2FrameLogger;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.handler.logging.LogLevel;

/** Makes the codec of one connection. */
final class ConnectionBuilder extends AbstractHttp2ConnectionHandlerBuilder<CallConnection, ConnectionBuilder> {
    /** The client's window of a call is said to be larger again when half of it is used. */
    private static final float WINDOW_UPDATE_RATIO = 0.5f;

    private final Http2Server server;
    private final PingLimit pings;

    ConnectionBuilder(Http2Server server) {
        this.server = server;
        this.pings = new PingLimit(server.policy(), server.clock());
        ConnectionPolicy policy = server.policy();
        connection(connection(policy));
        initialSettings(new Http2Settings().initialWindowSize(policy.windowBytes())
                .maxConcurrentStreams(policy.maxCalls()).maxHeaderListSize(policy.maxMetadataBytes()));
        frameListener(new Http2FrameAdapter()); // the connection's own comes with it
        frameLogger(new SentFrames());
        encoderIgnoreMaxHeaderListSize(true);
        int seconds = (int) policy.resetsWindow().toSeconds();
        decoderEnforceMaxRstFramesPerWindow(policy.maxResets(), seconds);
        encoderEnforceMaxRstFramesPerWindow(policy.maxResets(), seconds); // of calls that the server has to give up
        gracefulShutdownTimeoutMillis(-1); // whoever ends it says how long that may take
    }

    private static Http2Connection connection(ConnectionPolicy policy) {
        Http2Connection connection = new DefaultHttp2Connection(true, policy.maxCalls());
        // A call that is not read from must not keep the others of its connection from being read from.
        connection.local().flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
        connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection,
                new UniformStreamByteDistributor(connection)));
        return connection;
    }

    @Override
    protected CallConnection build() {
        return super.build();
    }

    @Override
    protected CallConnection build(Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        return new CallConnection(server, pings, decoder, encoder, settings);
    }

    /** Sees the frames that go out, and logs none. */
    private final class SentFrames extends Http2FrameLogger {
        SentFrames() {
            super(LogLevel.TRACE, CallConnection.class);
        }

        @Override
        public boolean isEnabled() {
            return false;
        }

        @Override
        public void logData(Direction direction, ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding,
                boolean endStream) {
            count(direction);
        }

        @Override
        public void logHeaders(Direction direction, ChannelHandlerContext ctx, int streamId, Http2Headers headers,
                int padding, boolean endStream) {
            count(direction);
        }

        private void count(Direction direction) {
            if (direction == Direction.OUTBOUND) {
                pings.sent();
            }
        }
    }
}
