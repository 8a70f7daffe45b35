package io.nereid.server.grpc;

import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Finds clients that take too little of what they have asked for, and closes their connections: what waits for them
 * is memory, and a place among the requests in flight. gRPC ends a single call only in good order, behind what the
 * client does not take; so a connection is closed, and only if every call on it waits for the client, streams aside
 * that have no request under way. The server waits for a client once the connection's event loop has taken an answer
 * and cannot write it: while the event loop has no time, nobody is blamed. Not thread-safe: called by one thread at a
 * time.
 */
final class StalledClients {
    /** What a client must take in a window of the message timeout, else a drip would hold its responses. */
    private static final long MIN_BYTES_PER_SECOND = 1 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(StalledClients.class);

    private final GrpcConnections connections;
    private final boolean reports;
    private Map<GrpcConnections.Connection, Progress> waiting = new HashMap<>();

    /**
     * Nothing has been seen yet.
     *
     * @param reports whether the connections' accounts are notified of what moves, and whether the server waits for the
     *             client
     */
    StalledClients(GrpcConnections connections, boolean reports) {
        this.connections = connections;
        this.reports = reports;
    }

    /**
     * How much a client has taken at most, when that was seen first, since when nothing else keeps the connection's
     * calls from ending, and what the event loop says of what is not written yet.
     */
    private record Progress(long taken, long sinceNanos, long onlyClientSinceNanos, Future<Boolean> unwritten) {
        /** Whether the server waits for the client, and not for an event loop that has not come to answer. */
        boolean waitsForClient() {
            return unwritten.isSuccess() && unwritten.getNow();
        }

        Progress unless(boolean anyRuns, long nowNanos) {
            return anyRuns ? new Progress(taken, sinceNanos, nowNanos, unwritten) : this;
        }
    }

    /** The connections that a look has found, and for how long nothing but its client was waited for on one of them. */
    private static final class Stalled {
        private final Queue<GrpcConnections.Connection> connections = new ArrayDeque<>();
        private long longestNanos;

        void add(GrpcConnections.Connection connection, long waitedNanos) {
            connections.add(connection);
            longestNanos = Math.max(longestNanos, waitedNanos);
        }

        void cut(GrpcConnections all) {
            if (!connections.isEmpty()) {
                LOG.info("connections cut, since their clients took too little of the answers they had asked for: {};"
                        + " nothing but the client was waited for, for up to {} ms", connections.size(),
                        TimeUnit.NANOSECONDS.toMillis(longestNanos));
                all.cut(connections);
            }
        }
    }

    /** What the calls of a connection wait for. */
    private record Calls(boolean anyAwaitsTransport, boolean anyRuns) {
        static Calls of(OpenCall call) {
            boolean awaits = call.awaitsTransport();
            return new Calls(awaits, !awaits);
        }

        Calls and(Calls other) {
            return new Calls(anyAwaitsTransport || other.anyAwaitsTransport, anyRuns || other.anyRuns);
        }
    }

    /**
     * To be called about once a second; closes the connections whose clients have taken nothing for longer than
     * {@code allowed}, or less than 1 KiB/s in the last message timeout.
     */
    void look(Collection<? extends OpenCall> underWay, long nowNanos, Duration allowed) {
        Map<GrpcConnections.Connection, Progress> now = new HashMap<>();
        Stalled stalled = new Stalled();
        calls(underWay).forEach((connection, calls) -> {
            if (calls.anyAwaitsTransport) {
                Progress progress = progress(connection, nowNanos).unless(calls.anyRuns, nowNanos);
                now.put(connection, progress);
                boolean still = nowNanos - progress.sinceNanos > allowed.toNanos();
                if (!calls.anyRuns && !connection.isToBeCut()
                        && (still || connection.account().isSlowerThan(MIN_BYTES_PER_SECOND))) {
                    stalled.add(connection, nowNanos - progress.onlyClientSinceNanos);
                }
            }
        });
        stalled.cut(connections);
        if (reports) {
            waiting.keySet().stream().filter(connection -> !now.containsKey(connection))
                    .forEach(connection -> connection.account().serve());
        }
        waiting = now;
    }

    private Map<GrpcConnections.Connection, Calls> calls(Collection<? extends OpenCall> underWay) {
        Map<GrpcConnections.Connection, Calls> calls = new HashMap<>();
        for (OpenCall call : underWay) {
            SocketAddress client = call.client();
            Optional<GrpcConnections.Connection> connection = client == null ? Optional.empty()
                    : connections.from(client);
            if (connection.isPresent() && !call.isIdle()) {
                calls.merge(connection.get(), Calls.of(call), Calls::and);
            }
        }
        return calls;
    }

    private Progress progress(GrpcConnections.Connection connection, long nowNanos) {
        Progress before = waiting.get(connection);
        long taken = connection.taken();
        if (before == null || !before.waitsForClient()) {
            return begin(connection, before, taken, nowNanos);
        }
        boolean more = taken > before.taken;
        if (reports) {
            connection.account().awaitClient(0);
        }
        if (reports && more) {
            connection.account().moved(taken - before.taken);
        }
        return new Progress(Math.max(taken, before.taken), more ? nowNanos : before.sinceNanos,
                before.onlyClientSinceNanos, connection.hasUnwritten());
    }

    /** The time of a client counts from here on: until now the server did not wait for it, as far as is known. */
    private Progress begin(GrpcConnections.Connection connection, @Nullable Progress before, long taken,
            long nowNanos) {
        if (reports) {
            connection.account().serve();
        }
        Future<Boolean> unwritten = before == null || before.unwritten.isDone() ? connection.hasUnwritten()
                : before.unwritten;
        return new Progress(taken, nowNanos, nowNanos, unwritten);
    }
}
