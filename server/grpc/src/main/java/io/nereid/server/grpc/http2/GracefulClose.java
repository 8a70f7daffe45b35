package io.nereid.server.grpc.http2;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;

import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose client is to lose no call: it is told to begin no more, and when it has heard of that,
 * or does not say so for ten seconds, which calls were the last ones. On the connection's event loop.
 */
final class GracefulClose {
    /** What the ping says that follows the first GOAWAY: any number that no other ping of the server's has. */
    static final long PING = 1;
    private static final long HEARD_SECONDS = 10;

    private final Http2ConnectionHandler handler;
    private final ChannelHandlerContext context;
    private final String why;
    private final Runnable whenHeard;
    private boolean heard;

    /**
     * One that has not begun.
     *
     * @param why is told to the client
     * @param whenHeard closes the connection when its calls have ended; runs once, unless it is closed before
     */
    GracefulClose(Http2ConnectionHandler handler, ChannelHandlerContext context, String why, Runnable whenHeard) {
        this.handler = handler;
        this.context = context;
        this.why = why;
        this.whenHeard = whenHeard;
    }

    /** Tells the client. */
    void start() {
        goAway(Integer.MAX_VALUE);
        handler.encoder().writePing(context, false, PING, context.newPromise());
        handler.flush(context);
        context.executor().schedule(this::heard, HEARD_SECONDS, TimeUnit.SECONDS);
    }

    private void goAway(int lastStream) {
        handler.goAway(context, lastStream, Http2Error.NO_ERROR.code(), ByteBufUtil.writeAscii(context.alloc(), why),
                context.newPromise());
    }

    /** The client has answered a ping. */
    void answered(long ping) {
        if (ping == PING) {
            heard();
        }
    }

    private void heard() {
        if (heard || !context.channel().isActive()) {
            return;
        }
        heard = true;
        goAway(handler.connection().remote().lastStreamCreated());
        whenHeard.run();
    }
}
