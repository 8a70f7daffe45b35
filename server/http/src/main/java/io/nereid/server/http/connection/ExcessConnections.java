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
 * Refuses connections beyond the limit: 503 and the advice to try again, whatever they ask. Of a crowd
 * only the first are answered, since an answer costs memory too. Thread-safe.
 */
public final class ExcessConnections {
    /** Those who are being answered at the same time; the others find their connection closed. */
    private static final int MAX_ANSWERED = 64;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final EventLoopGroup eventLoops;
    private final InferenceException reason;
    private final AtomicInteger answered = new AtomicInteger();

    /** @param max the connections there may be at a time */
    public ExcessConnections(EventLoopGroup eventLoops, int max) {
        this.eventLoops = eventLoops;
        this.reason = new InferenceException(ErrorCode.UNAVAILABLE,
                "too many connections: " + max + " are open (expected"
                        + " at most " + max + "); try again later, or raise --http-max-connections")
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** Takes over a connection that no event loop has yet, and ends it. */
    public void refuse(Channel connection) {
        if (answered.get() >= MAX_ANSWERED) {
            connection.unsafe().closeForcibly();
            return;
        }
        answered.incrementAndGet();
        connection.closeFuture().addListener(_ -> answered.decrementAndGet());
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
