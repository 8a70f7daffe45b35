package io.nereid.server.grpc;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.server.grpc.http2.CallConnection;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Holder;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Knows the open connections of the port, and asks their clients to go elsewhere: by HTTP/2's GOAWAY, after which
 * calls under way go on and new ones take another connection. Thread-safe.
 */
final class GrpcConnections {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcConnections.class);
    /**
     * How long a connection lives that is opened while clients are being sent away: long enough for what it came for.
     */
    private static final long NEWCOMER_MILLIS = 1_000;
    /** How exactly the ledger knows what a connection holds for its calls. */
    private static final int CHARGE_STEP_BYTES = 64 << 10;

    private final Ledger ledger;
    private final Duration window;
    private final Map<SocketAddress, Connection> open = new ConcurrentHashMap<>();
    private volatile boolean sendingAway;

    /**
     * None yet.
     *
     * @param ledger where what they hold is charged
     * @param window how long a client may be slow
     */
    GrpcConnections(Ledger ledger, Duration window) {
        this.ledger = ledger;
        this.window = window;
    }

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
     * Ends connections, one after the other: it takes an event loop some time to end a thousand calls, and other sockets
     * have their turn in between. The list is not used any more by the caller.
     */
    void cut(Queue<Connection> stalled) {
        stalled.forEach(connection -> connection.toBeCut = true);
        cutNext(stalled);
    }

    private static void cutNext(Queue<Connection> stalled) {
        Connection next = stalled.poll();
        if (next != null) {
            next.cut();
            next.channel.closeFuture().addListener(
                    _ -> next.channel.eventLoop().schedule(() -> cutNext(stalled), 0, TimeUnit.NANOSECONDS));
        }
    }

    /** One connection and its account. */
    final class Connection extends ChannelInboundHandlerAdapter implements Holder {
        private final Channel channel;
        private final PayloadCounter payload = new PayloadCounter();
        /** Set when the connection becomes active, before anybody else sees this object. */
        private @Nullable Account account;
        private volatile boolean toBeCut;
        /** Null until HTTP/2 is set up; on the event loop only. */
        private @Nullable Http2Connection http2;
        /** As {@link #http2}. */
        private @Nullable CallConnection calls;
        /** What has come and no call has taken, as it was charged; on the event loop only. */
        private int chargedBytes;
        private Lease charge = Lease.NONE;

        private Connection(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            SocketAddress client = channel.remoteAddress();
            Account opened = ledger.connection(this, window);
            account = opened;
            open.put(client, this);
            channel.closeFuture().addListener(_ -> {
                open.remove(client, this);
                charge.release();
                opened.close();
            });
            if (sendingAway) {
                ctx.executor().schedule(this::goAway, NEWCOMER_MILLIS, TimeUnit.MILLISECONDS);
            }
            ctx.fireChannelActive();
            readInTurns(ctx);
        }

        /** Its frames are read in turns, from the first one on; encryption, if there is any, has its place by now. */
        private void readInTurns(ChannelHandlerContext ctx) {
            ChannelHandlerContext encryption = channel.pipeline().context(SslHandler.class);
            ChannelHandlerContext before = encryption == null ? ctx : encryption;
            channel.pipeline().addAfter(before.name(), "turns", new ReadTurns(NanoClock.SYSTEM));
        }

        /** HTTP/2 is set up: counts its payload from here on. On the event loop, once. */
        void countPayload() {
            ChannelHandlerContext handler = channel.pipeline().context(Http2ConnectionHandler.class);
            if (handler != null) {
                http2 = ((Http2ConnectionHandler) handler.handler()).connection();
                calls = channel.pipeline().get(CallConnection.class);
                channel.pipeline().addBefore(handler.name(), "payload", payload);
            }
        }

        /**
         * Charges what was read and no call has taken yet, as of a stream that does not read on: up to its window.
         */
        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.fireChannelReadComplete();
            int held = calls == null ? 0 : calls.waitingBytes();
            if (Math.abs(held - chargedBytes) >= CHARGE_STEP_BYTES) {
                charge.release();
                charge = account().chargeAnyway(Resource.NATIVE, held);
                chargedBytes = held;
            }
        }

        private void goAway() {
            CallConnection open = channel.pipeline().get(CallConnection.class);
            if (open != null) {
                open.sendAway("the server is about to stop");
            }
        }

        /** The connection's account, to which its calls belong. */
        Account account() {
            return Objects.requireNonNull(account);
        }

        /** Bytes of responses that the client has taken so far, or that are in the system's buffers. */
        long taken() {
            ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
            return payload.payloadBytes() - (buffer == null ? 0 : buffer.totalPendingWriteBytes());
        }

        /**
         * Whether HTTP/2 or the socket holds something that the client does not take. Any thread may ask; its event
         * loop answers, after it has taken all that calls had handed over until then.
         */
        Future<Boolean> hasUnwritten() {
            return channel.eventLoop().submit(() -> {
                channel.flush(); // what calls have handed over may wait for that only
                ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
                return (buffer != null && buffer.totalPendingWriteBytes() > 0) || hasBeyondWindow();
            });
        }

        /** Whether the client's windows keep a response back. */
        private boolean hasBeyondWindow() throws Http2Exception {
            Http2Connection known = http2;
            return known != null && known.forEachActiveStream(
                    stream -> !known.remote().flowController().hasFlowControlled(stream)) != null;
        }

        /** Whether it is among those that {@link GrpcConnections#cut} has been given. */
        boolean isToBeCut() {
            return toBeCut;
        }

        /** Ends the connection at once, and all calls on it. On any thread. */
        private void cut() {
            LOG.debug("{} takes nothing of what it has asked for: its connection is cut", channel.remoteAddress());
            ChannelHandlerContext beforeTheSocket = channel.pipeline().context(this);
            if (beforeTheSocket != null) { // gRPC's own close would wait for the calls
                beforeTheSocket.close();
            }
        }

        /** The ledger needs what this connection holds; its client gets no error, for it takes nothing. */
        @Override
        public void end(InferenceException reason) {
            cut();
        }

        @Override
        public String client() {
            return String.valueOf(channel.remoteAddress());
        }
    }
}
