package io.nereid.server.grpc.http2;

import io.nereid.inference.NanoClock;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What happens to a connection by the passing of time: it is asked whether it lives, and ended when it does not answer,
 * when nothing is asked of it, or when it is old. A timer that fires early looks again later, so that bytes and calls
 * set a time and no timer. On the connection's event loop.
 */
final class ConnectionTimers {
    /** What the timers do. */
    interface Actions {
        boolean hasCalls();

        /** Asks the client to answer. */
        void ping();

        /**
         * Ends the connection when its calls have ended.
         *
         * @param grace how long these may take; null for as long as they like
         */
        void closeGracefully(String why, @Nullable Duration grace);

        void closeAtOnce(String why);
    }

    private final ConnectionPolicy policy;
    private final NanoClock clock;
    private final EventExecutor executor;
    private final Actions actions;
    private @Nullable Future<?> handshake;
    private @Nullable Future<?> keepAlive;
    private @Nullable Future<?> idle;
    private @Nullable Future<?> age;
    /** When the client was heard of last, and when its last call ended. */
    private long heardNanos;
    private long idleSinceNanos;

    ConnectionTimers(ConnectionPolicy policy, NanoClock clock, EventExecutor executor, Actions actions) {
        this.policy = policy;
        this.clock = clock;
        this.executor = executor;
        this.actions = actions;
    }

    /** The connection is open. */
    void start() {
        long now = clock.nanoTime();
        heardNanos = now;
        idleSinceNanos = now;
        handshake = after(policy.handshakeTimeout().toNanos(),
                () -> actions.closeAtOnce("no handshake in time"));
        keepAlive = after(policy.keepAliveTime().toNanos(), this::lookForLife);
        idle = after(policy.idleTimeout().toNanos(), this::lookForCalls);
        policy.maxAge().ifPresent(most -> age = after(most.toNanos(),
                () -> actions.closeGracefully("max_age", policy.maxAgeGrace().orElse(null))));
    }

    /** The client has said what HTTP/2 begins with. */
    void ready() {
        cancel(handshake);
    }

    /** Something has come. */
    void heard() {
        heardNanos = clock.nanoTime();
    }

    /** The last call has ended. */
    void idle() {
        idleSinceNanos = clock.nanoTime();
    }

    private void lookForLife() {
        long silentNanos = clock.nanoTime() - heardNanos;
        long left = policy.keepAliveTime().toNanos() - silentNanos;
        if (left > 0) {
            keepAlive = after(left, this::lookForLife);
            return;
        }
        long askedNanos = clock.nanoTime();
        actions.ping();
        keepAlive = after(policy.keepAliveTimeout().toNanos(), () -> expectAnswer(askedNanos));
    }

    private void expectAnswer(long askedNanos) {
        if (heardNanos - askedNanos < 0) {
            actions.closeAtOnce("keep-alive failed");
        } else {
            lookForLife();
        }
    }

    private void lookForCalls() {
        long left = actions.hasCalls() ? policy.idleTimeout().toNanos()
                : policy.idleTimeout().toNanos() - (clock.nanoTime() - idleSinceNanos);
        if (left > 0) {
            idle = after(left, this::lookForCalls);
        } else {
            actions.closeGracefully("max_idle", null);
        }
    }

    /** The connection has ended. */
    void stop() {
        cancel(handshake);
        cancel(keepAlive);
        cancel(idle);
        cancel(age);
    }

    private Future<?> after(long nanos, Runnable action) {
        return executor.schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
