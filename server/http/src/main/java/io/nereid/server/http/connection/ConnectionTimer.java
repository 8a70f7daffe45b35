package io.nereid.server.http.connection;

import io.nereid.server.ledger.Account;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/**
 * Ends connections that keep the server waiting, and reports to the ledger's account what moves on them. It looks at
 * the connection about once a second rather than setting an alarm for every request; what it looks at is a few
 * numbers. Runs on the connection's event loop.
 */
final class ConnectionTimer {
    /** What must move in a window of the body timeout, else a drip would hold memory: of a body, or of replies. */
    private static final long MIN_BYTES_PER_SECOND = 1 << 10;
    /** What Netty counts for each buffer that waits for the socket, beside its bytes. */
    private static final int ENTRY_OVERHEAD_BYTES = 96;
    /** How long a body may stand still once the server wants to end. */
    private static final long HURRIED_STILL_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long a reply may then, from the time on at which the server wants to. */
    private static final long HURRIED_STILL_OUT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChannelHandlerContext context;
    private final ConnectionLimits limits;
    private final Ticker ticker;
    private final LateListener listener;
    private final Account account;
    private final ReplyWriter writer;
    private long allowedStillNanos;
    private long allowedStillOutNanos;
    private Phase phase = Phase.IDLE;
    private long phaseStartNanos;
    /** Of all bodies so far; so for the requests. */
    private long bodyBytes;
    private long requests;
    /** What the last look saw, and since when it has not changed. */
    private long bodyBytesSeen;
    private long bodyStillNanos;
    private long requestsSeen;
    private long sentSeen;
    private boolean sendingSeen;
    private long sendingStillNanos;
    private @Nullable ScheduledFuture<?> look;

    private enum Phase {
        IDLE,
        HEAD,
        BODY,
        ANSWER
    }

    /** Receives that the client's time is up. */
    interface LateListener {
        /** It has asked for nothing, or read nothing of its answers, for a long time. */
        void clientAbsent();

        /** A request that was begun does not come to its end. */
        void requestTooSlow();
    }

    /**
     * A timer that has not started.
     *
     * @param account the connection's
     * @param writer where its replies go
     */
    ConnectionTimer(ChannelHandlerContext context, ConnectionLimits limits, LateListener listener, Account account,
            ReplyWriter writer) {
        this.context = context;
        this.account = account;
        this.writer = writer;
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
        requests++;
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
        ChannelOutboundBuffer outbound = context.channel().unsafe().outboundBuffer();
        boolean sending = outbound != null && outbound.current() != null;
        report(sending, now);
        if (sending && isTooLate(now - sendingStillNanos, allowedStillOutNanos)) {
            listener.clientAbsent();
            return;
        }
        if (sending && phase == Phase.IDLE) {
            phaseStartNanos = now; // while bytes wait for the client to read them, the connection is not idle
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
                if (isTooLate(now - bodyStillNanos, allowedStillNanos)) {
                    listener.requestTooSlow();
                }
            }
            case ANSWER -> {
                // however long it takes
            }
        }
    }

    private boolean isTooLate(long stillNanos, long allowedNanos) {
        return stillNanos > allowedNanos || account.isSlowerThan(MIN_BYTES_PER_SECOND);
    }

    /** Reports what has moved since the last look, and whether the server waits for the client now. */
    private void report(boolean sending, long now) {
        long sent = sent();
        long in = bodyBytes - bodyBytesSeen;
        long out = Math.max(0, sent - sentSeen);
        if (in > 0) {
            bodyStillNanos = now;
        }
        if (out > 0 || !sendingSeen) {
            sendingStillNanos = now;
        }
        if (in + out > 0) {
            account.moved(in + out);
        }
        if (requests != requestsSeen && !sending) {
            account.serve(); // it has waited for another body until now
        }
        if (sending) {
            account.awaitClient(0);
        } else if (phase == Phase.BODY) {
            account.awaitClient(now - phaseStartNanos);
        } else {
            account.serve();
        }
        bodyBytesSeen = bodyBytes;
        sentSeen = Math.max(sent, sentSeen);
        requestsSeen = requests;
        sendingSeen = sending;
    }

    /** Bytes of replies that the socket has taken. */
    private long sent() {
        ChannelOutboundBuffer outbound = context.channel().unsafe().outboundBuffer();
        long waiting = outbound == null ? 0
                : outbound.totalPendingWriteBytes() - (long) ENTRY_OVERHEAD_BYTES * outbound.size()
                        - outbound.currentProgress();
        return writer.bytesWritten() - Math.max(0, waiting);
    }
}
