package io.nereid.server.grpc;

import io.grpc.netty.InternalGracefulServerCloseCommand;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Knows the open connections of the port, and asks their clients to go elsewhere: by HTTP/2's GOAWAY, after which calls under
 * way go on and new ones take another connection. The library does so only for a server that listens no more. Thread-safe.
 */
final class GrpcConnections {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcConnections.class);
    /** How long a connection lives that is opened while clients are being sent away: long enough for what it came for. */
    private static final long NEWCOMER_MILLIS = 1_000;

    private final Map<SocketAddress, Connection> open = new ConcurrentHashMap<>();
    private volatile boolean sendingAway;

    /** A connection is about to be set up. */
    void add(Channel channel) {
        channel.pipeline().addLast(new Connection(channel));
    }

    /** Sends away all clients, those to come after a moment. Calls under way, and those they begin, are served. */
    void sendAway() {
        sendingAway = true;
        open.values().forEach(Connection::goAway);
    }

    /** The connection of a client, if it is still open. */
    Optional<Connection> from(SocketAddress client) {
        return Optional.ofNullable(open.get(client));
    }

    /**
     * How much a client has taken, to be compared with what it had taken before.
     *
     * @param given bytes that went towards its socket since the connection began
     * @param waiting what of them the socket has not taken yet
     */
    record Taken(long given, long waiting) {}

    /** One connection; stands before its socket and counts what goes out. */
    final class Connection extends ChannelDuplexHandler {
        private final Channel channel;
        /** Written on the event loop only. */
        private volatile long given;

        private Connection(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            SocketAddress client = channel.remoteAddress();
            open.put(client, this);
            channel.closeFuture().addListener(_ -> open.remove(client, this));
            if (sendingAway) {
                ctx.executor().schedule(this::goAway, NEWCOMER_MILLIS, TimeUnit.MILLISECONDS);
            }
            ctx.fireChannelActive();
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written on one thread
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message instanceof ByteBuf bytes) {
                given += bytes.readableBytes();
            }
            ctx.write(message, promise);
        }

        private void goAway() {
            channel.writeAndFlush(InternalGracefulServerCloseCommand.create("the server is about to stop"));
        }

        /** How much the client has taken so far. */
        Taken taken() {
            ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
            return new Taken(given, buffer == null ? 0 : buffer.totalPendingWriteBytes());
        }

        /** Ends the connection at once, and all calls on it. */
        void cut() {
            LOG.debug("{} takes nothing of what it has asked for: its connection is cut", channel.remoteAddress());
            ChannelHandlerContext beforeTheSocket = channel.pipeline().context(this);
            if (beforeTheSocket != null) { // gRPC's own close would wait for the calls
                beforeTheSocket.close();
            }
        }
    }
}
