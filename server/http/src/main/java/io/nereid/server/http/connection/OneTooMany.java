package io.nereid.server.http.connection;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells clients that there is no room for their connection: 503 and the advice to try again, whatever they ask. Of a crowd
 * only the first are told, since telling costs what there is no room for. Thread-safe.
 */
public final class OneTooMany {
    /** Those who are being told at the same time; the others find their connection closed. */
    private static final int MOST_TOLD = 64;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final EventLoopGroup eventLoops;
    private final InferenceException reason;
    private final AtomicInteger told = new AtomicInteger();

    /** @param most the connections there may be at a time */
    public OneTooMany(EventLoopGroup eventLoops, int most) {
        this.eventLoops = eventLoops;
        this.reason = new InferenceException(ErrorCode.UNAVAILABLE,
                "too many connections: " + most + " are open (expected"
                        + " at most " + most + "); try again later, or raise --http-max-connections")
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** Takes over a connection that no event loop has yet, and ends it. */
    public void turnAway(Channel connection) {
        if (told.get() >= MOST_TOLD) {
            connection.unsafe().closeForcibly();
            return;
        }
        told.incrementAndGet();
        connection.closeFuture().addListener(_ -> told.decrementAndGet());
        connection.pipeline().addLast(new Answer());
        eventLoops.register(connection).addListener(registered -> {
            if (!registered.isSuccess()) {
                connection.unsafe().closeForcibly();
            }
        });
    }

    private final class Answer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            new ReplyWriter(ctx).last(Refusal.of(reason, ctx.alloc()));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
