package io.nereid.server.http.connection;

import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Ledger;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Sets connections up, and knows them all. Thread-safe. */
public final class ConnectionInitializer extends ChannelInitializer<Channel> {
    private static final int MAX_LINE_BYTES = 8 << 10;

    private final HttpHandler handler;
    private final TensorMemory memory;
    private final ConnectionLimits limits;
    private final @Nullable SslContext tls;
    private final Ledger ledger;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private volatile boolean askingToClose;
    private volatile boolean draining;

    /**
     * Connections whose requests go to {@code handler} and whose bodies lie in {@code memory}.
     *
     * @param ledger what they hold is charged there
     * @param tls what they are encrypted with; null for not at all
     */
    public ConnectionInitializer(HttpHandler handler, TensorMemory memory, ConnectionLimits limits, Ledger ledger,
            @Nullable SslContext tls) {
        this.ledger = ledger;
        this.handler = handler;
        this.memory = memory;
        this.limits = limits;
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
        HttpRequestDecoder decoder = new HttpRequestDecoder(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE_BYTES).setMaxHeaderSize(limits.maxHeadBytes()));
        HttpConnection connection = new HttpConnection(handler, memory, limits, decoder,
                () -> askingToClose, ledger);
        BodyReceiver receiver = new BodyReceiver(connection);
        if (tls == null) {
            channel.config().setRecvByteBufAllocator(receiver.allocator());
        } else { // what the socket brings is not the body yet
            SslHandler handshake = tls.newHandler(channel.alloc());
            handshake.setHandshakeTimeout(limits.headTimeout().toMillis(), TimeUnit.MILLISECONDS);
            channel.pipeline().addLast(handshake);
        }
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true); // the connection decides what that means
        channel.pipeline().addLast(receiver, decoder, connection);
        open.add(channel);
        if (draining) {
            channel.pipeline().fireUserEventTriggered(HttpConnection.Drain.NOW);
        }
    }

    /** Ends all connections, those to come as well, whatever is under way on them. Blocks; not for an event loop. */
    public void close() {
        open.close().awaitUninterruptibly();
    }

    /**
     * Lets every connection, those to come as well, end with its next reply that nothing is pipelined behind. An idle
     * one stays: its client may be about to send a request, and learns with the reply that it is to go elsewhere.
     */
    public void askToClose() {
        askingToClose = true;
    }

    /**
     * Ends idle connections and lets the others end with their next reply. Blocks; not for an event loop.
     *
     * @return whether all had ended within {@code timeout}
     */
    public boolean drain(Duration timeout) {
        askingToClose = true; // seen at once, even by a reply that comes before the event
        draining = true;
        for (Channel channel : open) {
            channel.pipeline().fireUserEventTriggered(HttpConnection.Drain.NOW);
        }
        return open.newCloseFuture().awaitUninterruptibly(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
