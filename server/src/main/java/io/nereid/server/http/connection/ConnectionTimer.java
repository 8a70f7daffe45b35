package io.nereid.server.http.connection;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends connections that keep the server waiting. It looks at the connection about once a second rather than setting an
 * alarm for every request; what it looks at is one time stamp per phase. Runs on the connection's event loop.
 */
final class ConnectionTimer {
    /** A body that has once begun must arrive at least this fast in the long run, else a drip would hold its memory. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 10;
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChannelHandlerContext context;
    private final ConnectionLimits limits;
    private final Ticker ticker;
    private final LateListener listener;
    private Phase phase = Phase.IDLE;
    private long phaseStartNanos;
    private long bodyBytes;
    private @Nullable ScheduledFuture<?> look;

    private enum Phase {
        IDLE, HEAD, BODY, ANSWER
    }

    /** Hears that the client's time is up. */
    interface LateListener {
        /** Nothing has been asked for a long time. */
        void idleTooLong();

        /** A request that was begun does not come to its end. */
        void requestTooSlow();
    }

    ConnectionTimer(ChannelHandlerContext context, ConnectionLimits limits, LateListener listener) {
        this.context = context;
        this.limits = limits;
        this.listener = listener;
        this.ticker = context.executor().ticker();
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
        enter(Phase.BODY);
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

    private void enter(Phase next) {
        phase = next;
        phaseStartNanos = ticker.nanoTime();
    }

    private void look() {
        Duration allowed = switch (phase) {
            case IDLE -> limits.idleTimeout();
            case HEAD -> limits.headTimeout();
            case BODY -> limits.bodyTimeout().plusSeconds(bodyBytes / SLOWEST_BYTES_PER_SECOND);
            case ANSWER -> null;
        };
        if (allowed == null || ticker.nanoTime() - phaseStartNanos <= allowed.toNanos()) {
            return;
        }
        if (phase == Phase.IDLE) {
            listener.idleTooLong();
        } else {
            listener.requestTooSlow();
        }
    }
}
