package io.nereid.server.transport;

import io.nereid.inference.NanoClock;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Limits the connections of one listening socket to so many at a time. Each of them costs memory and a file descriptor,
 * and when the process has no more of these no more are accepted, health checks included: then it waits a moment before it
 * accepts again, and warns the operator. Runs on the listener's event loop; connections end on theirs.
 */
public final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimit.class);

    /**
     * For how long nothing is accepted when that has failed: trying at once would keep a processor busy for nothing.
     */
    private static final long PAUSE_MILLIS = 1000;

    private final int most;
    private final String flag;
    private final Consumer<Channel> onAccept;
    private final Consumer<Channel> onReject;
    private final long maxFiles;
    private final OncePerMinute failureLog;
    private final AtomicInteger open = new AtomicInteger();
    /** Whether the last one that came was rejected: a crowd is worth one line of the log. On the listener's loop. */
    private boolean full;

    /**
     * A limit that no connection counts against yet.
     *
     * @param most connections at a time
     * @param flag the flag that raises this, for the log
     * @param onAccept sees a connection that is accepted, before it is set up
     * @param onReject owns a connection that is rejected, and ends it
     */
    public ConnectionLimit(int most, String flag, NanoClock clock, Consumer<Channel> onAccept,
            Consumer<Channel> onReject) {
        this.most = most;
        this.flag = flag;
        this.maxFiles = OpenFiles.limit().orElse(Long.MAX_VALUE); // when it is wanted no file can be opened any more
        this.failureLog = new OncePerMinute(clock);
        this.onAccept = onAccept;
        this.onReject = onReject;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel connection = (Channel) message;
        if (open.get() >= most) {
            logFull();
            onReject.accept(connection);
            return;
        }
        full = false;
        open.incrementAndGet();
        connection.closeFuture().addListener(_ -> open.decrementAndGet());
        onAccept.accept(connection);
        ctx.fireChannelRead(connection);
    }

    /** Accepting has failed, as it does for want of file descriptors. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (failureLog.isDue()) {
            LOG.error("cannot accept connections at {}: {}; {} are open there, and the process may have {} files and"
                    + " connections open in all: raise that limit (ulimit -n), or lower {}",
                    ctx.channel().localAddress(),
                    cause.getMessage(), open.get(), maxFiles, flag);
        }
        ChannelConfig listener = ctx.channel().config();
        listener.setAutoRead(false);
        ctx.executor().schedule(() -> listener.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void logFull() {
        if (!full) {
            LOG.warn("rejecting connections: {} are open, as many as {} allows", most, flag);
        }
        full = true;
    }
}
