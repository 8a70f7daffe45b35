package io.nereid.server.grpc;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds clients that take too little of what they have asked for, and closes their connections: what waits for them
 * is memory, and a place among the requests in flight. gRPC ends a single call only in good order, behind what the
 * client does not take; so a connection is closed, and only if every call on it waits for the client, streams aside
 * that have no request under way. Not thread-safe: called by one thread at a time.
 */
final class StalledClients {
    /** What a client must take in a window of the message timeout, else a drip would hold its responses. */
    private static final long MIN_BYTES_PER_SECOND = 1 << 10;

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

    /** How much a client has taken at most, and when that was seen first. */
    private record Progress(long taken, long sinceNanos) {}

    /** What the calls of a connection wait for. */
    private record Calls(boolean anyWaitsForClient, boolean anyRuns) {
        static Calls of(OpenCall call) {
            boolean waits = call.waitsForClient();
            return new Calls(waits, !waits);
        }

        Calls and(Calls other) {
            return new Calls(anyWaitsForClient || other.anyWaitsForClient, anyRuns || other.anyRuns);
        }
    }

    /**
     * To be called about once a second; closes the connections whose clients have taken nothing for longer than
     * {@code allowed}, or less than 1 KiB/s in the last message timeout.
     */
    void look(Collection<? extends OpenCall> underWay, long nowNanos, Duration allowed) {
        Map<GrpcConnections.Connection, Progress> now = new HashMap<>();
        calls(underWay).forEach((connection, calls) -> {
            if (calls.anyWaitsForClient) {
                Progress progress = progress(connection, nowNanos);
                now.put(connection, progress);
                boolean still = nowNanos - progress.sinceNanos > allowed.toNanos();
                if (!calls.anyRuns && (still || connection.account().isSlowerThan(MIN_BYTES_PER_SECOND))) {
                    connection.cut();
                }
            }
        });
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
        if (reports) {
            connection.account().awaitClient(0);
        }
        if (before == null) {
            return new Progress(taken, nowNanos);
        }
        if (taken <= before.taken) {
            return before;
        }
        if (reports) {
            connection.account().moved(taken - before.taken);
        }
        return new Progress(taken, nowNanos);
    }
}
