package io.nereid.server.grpc.http2;

import io.nereid.inference.NanoClock;

import java.util.concurrent.TimeUnit;

/**
 * Whether a client asks too often whether the server lives. A ping that follows headers or data of the server is always
 * in order; of the others some may come too soon. On the connection's event loop.
 */
final class PingLimit {
    /** Pings that may come too soon, as in Triton. */
    private static final int MAX_STRIKES = 2;
    /** What is never too soon, also without calls. */
    private static final long ALWAYS_ENOUGH_NANOS = TimeUnit.HOURS.toNanos(2);

    private final boolean withoutCalls;
    private final long minNanos;
    private final NanoClock clock;
    /** The last ping in order; none since the server sent something. */
    private boolean pinged;
    private long pingedNanos;
    private int strikes;

    PingLimit(ConnectionPolicy policy, NanoClock clock) {
        this.withoutCalls = policy.pingsWithoutCalls();
        this.minNanos = Math.min(policy.minPingInterval().toNanos(), ALWAYS_ENOUGH_NANOS);
        this.clock = clock;
    }

    /** The server has sent headers or data. */
    void sent() {
        pinged = false;
        strikes = 0;
    }

    /** A ping has come; whether the client may go on. */
    boolean permits(boolean anyCall) {
        long now = clock.nanoTime();
        long enough = anyCall || withoutCalls ? minNanos : ALWAYS_ENOUGH_NANOS;
        if (!pinged || now - pingedNanos >= enough) {
            pinged = true;
            pingedNanos = now;
            return true;
        }
        strikes++;
        return strikes <= MAX_STRIKES;
    }
}
