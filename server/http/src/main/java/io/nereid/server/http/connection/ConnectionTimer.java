package io.nereid.server.http.connection;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends connections that keep the server waiting. It looks at the connection about once a second rather than setting an
 * alarm for every request; what it looks at is a few numbers. Runs on the connection's event loop.
 */
final class ConnectionTimer {
    /** A body that has once begun must arrive at least this fast in the long run, else a drip would hold its memory. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 10;
    /** How long a body may stand still once the server wants to end. */
    private static final long HURRIED_STILL_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long a reply may then, from the time on at which the server wants to. */
    private static final long HURRIED_STILL_OUT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChannelHandlerContext context;
    private final ConnectionLimits limits;
    private final Ticker ticker;
    private final LateListener listener;
    private long allowedStillNanos;
    private long allowedStillOutNanos;
    private Phase phase = Phase.IDLE;
    private long phaseStartNanos;
    private long bodyBytes;
    /** What the last look saw, and since when it has not changed. */
    private long bodyBytesSeen;
    private long bodyStillNanos;
    private @Nullable Object sendingSeen;
    private long sentSeen;
    private long sendingStillNanos;
    private long sendingStartNanos;
    private @Nullable ScheduledFuture<?> look;

    private enum Phase {
        IDLE,
        HEAD,
        BODY,
        ANSWER
    }

    /** Hears that the client's time is up. */
    interface LateListener {
        /** It has asked for nothing, or read nothing of its answers, for a long time. */
        void clientAbsent();

        /** A request that was begun does not come to its end. */
        void requestTooSlow();
    }

    ConnectionTimer(ChannelHandlerContext context, ConnectionLimits limits, LateListener listener) {
        this.context = context;
        this.limits = limits;
        this.listener = listener;
        this.ticker = context.executor().ticker();
        this.allowedStillNanos = limits.bodyTimeout().toNanos();
        this.allowedStillOutNanos = allowedStillNanos;
    }

    void start() {
        enter(Phase.IDLE);
        look = context.executor().scheduleWithFixedDelay(this::look, LOOK_NANOS, LOOK_NANOS, TimeUnit.NANOSECONDS);
    }

    void stop() {
        if (look != null) {
            look.cancel(false);
        }
    }

    void headArriving() {
        if (phase == Phase.IDLE) {
            enter(Phase.HEAD);
        }
    }

    void bodyExpected() {
        bodyBytes = 0;
        bodyBytesSeen = 0;
        enter(Phase.BODY);
        bodyStillNanos = phaseStartNanos;
    }

    void bodyArriving(int bytes) {
        bodyBytes += bytes;
    }

    /** The request is complete: however long the answer takes, it is not the client that is slow. */
    void answering() {
        phase = Phase.ANSWER;
    }

    void idle() {
        enter(Phase.IDLE);
    }

    /** The server wants to end: what still flows may go on, what does not has had its time, or has little left. */
    void hurry() {
        allowedStillOutNanos = Math.min(allowedStillOutNanos, HURRIED_STILL_OUT_NANOS);
        sendingStillNanos = ticker.nanoTime();
        allowedStillNanos = Math.min(allowedStillNanos, HURRIED_STILL_NANOS);
    }

    private void enter(Phase next) {
        phase = next;
        phaseStartNanos = ticker.nanoTime();
    }

    private void look() {
        long now = ticker.nanoTime();
        if (standsStillOut(now)) {
            listener.clientAbsent();
            return;
        }
        switch (phase) {
            case IDLE -> {
                if (now - phaseStartNanos > limits.idleTimeout().toNanos()) {
                    listener.clientAbsent();
                }
            }
            case HEAD -> {
                if (now - phaseStartNanos > limits.headTimeout().toNanos()) {
                    listener.requestTooSlow();
                }
            }
            case BODY -> {
                if (standsStillIn(now) || dripsIn(now)) {
                    listener.requestTooSlow();
                }
            }
            case ANSWER -> {
                // however long it takes
            }
        }
    }

    private boolean standsStillIn(long now) {
        if (bodyBytes != bodyBytesSeen) {
            bodyBytesSeen = bodyBytes;
            bodyStillNanos = now;
        }
        return now - bodyStillNanos > allowedStillNanos;
    }

    private boolean dripsIn(long now) {
        Duration allowed = limits.bodyTimeout().plusSeconds(bodyBytes / SLOWEST_BYTES_PER_SECOND);
        return now - phaseStartNanos > allowed.toNanos();
    }

    /** A reply that is read by the drip would hold its memory, and its place among the requests in flight. */
    private boolean dripsOut(long now, long sent) {
        return now - sendingStartNanos > limits.bodyTimeout().plusSeconds(sent / SLOWEST_BYTES_PER_SECOND).toNanos();
    }

    /** While bytes wait for the client to read them, the connection is not idle, and they must go on. */
    @SuppressWarnings("ReferenceEquality") // the same buffer, not one of the same content
    private boolean standsStillOut(long now) {
        ChannelOutboundBuffer outbound = context.channel().unsafe().outboundBuffer();
        Object sending = outbound == null ? null : outbound.current();
        if (outbound == null || sending == null) {
            sendingSeen = null;
            return false;
        }
        long sent = outbound.currentProgress();
        if (sending != sendingSeen) {
            sendingStartNanos = now;
        }
        if (sending != sendingSeen || sent != sentSeen) {
            sendingSeen = sending;
            sentSeen = sent;
            sendingStillNanos = now;
        }
        if (phase == Phase.IDLE) {
            phaseStartNanos = now;
        }
        return now - sendingStillNanos > allowedStillOutNanos || dripsOut(now, sent);
    }
}
