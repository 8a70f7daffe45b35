import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;

import java.util.concurrent.TimeUnit;

/**
 * A connection with calls of gRPC on it, by Netty's HTTP/2, which the distribution has; a client of gRPC's own it has not.
 * Thread-safe.
 */
final class GrpcConnection implements AutoCloseable {
    private static final String SERVICE = "/inference.GRPCInferenceService/";
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int PATIENCE_SECONDS = 30;
    private static final EventLoopGroup LOOPS = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());

    private final Channel channel;

    GrpcConnection(int port) {
        this.channel = new Bootstrap().group(LOOPS).channel(NioSocketChannel.class).handler(new Opening())
                .connect("127.0.0.1", port).syncUninterruptibly().channel();
    }

    /** Makes a call of one message and returns the answer. */
    byte[] ask(String method, byte[] message) throws InterruptedException {
        GrpcCall call = open(method, "");
        call.send(message, true);
        byte[] answer = call.next();
        call.expect(true);
        return answer;
    }

    /**
     * Begins a call.
     *
     * @param method of the inference service, or with the name of its service
     * @param timeout as gRPC writes it: {@code 2m} are two milliseconds; empty for none
     */
    GrpcCall open(String method, String timeout) throws InterruptedException {
        Http2Headers headers = new DefaultHttp2Headers().method("POST").scheme("http").authority("localhost")
                .path(method.indexOf('/') < 0 ? SERVICE + method : "/" + method)
                .set("te", "trailers").set("content-type", "application/grpc").set("user-agent", "training");
        if (!timeout.isEmpty()) {
            headers.set("grpc-timeout", timeout);
        }
        GrpcCall call = new GrpcCall();
        Future<Http2StreamChannel> stream = new Http2StreamChannelBootstrap(channel).handler(call).open();
        if (!stream.await(PATIENCE_SECONDS, TimeUnit.SECONDS) || !stream.isSuccess()) {
            throw new IllegalStateException("no stream", stream.cause());
        }
        call.begin(stream.getNow(), headers);
        return call;
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }

    /** Ends the threads of all connections. */
    static void shutdown() {
        LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static final class Opening extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel opened) {
            opened.pipeline().addLast(Http2FrameCodecBuilder.forClient()
                    .initialSettings(Http2Settings.defaultSettings().initialWindowSize(WINDOW_BYTES)).build());
            opened.pipeline().addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
        }
    }
}
