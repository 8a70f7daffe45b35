package io.nereid.server.grpc;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds clients that take nothing of what they have asked for, and cuts their connections: what waits for them is
 * memory, and a place among the requests in flight. gRPC ends a single call only in good order, behind what the
 * client does not take; so a connection is cut, and only if all calls on it wait for the client. Not thread-safe:
 * asked by one thread at a time.
 */
final class StalledClients {
    private final GrpcConnections connections;
    private Map<SocketAddress, Still> seen = new HashMap<>();

    StalledClients(GrpcConnections connections) {
        this.connections = connections;
    }

    /** Since when a connection has stood still, and where. */
    private record Still(GrpcConnections.Taken taken, long sinceNanos) {}

    /** To be called about once a second; cuts those who have taken nothing for longer than {@code allowed}. */
    void look(Collection<? extends OpenCall> underWay, long nowNanos, Duration allowed) {
        Map<SocketAddress, Still> now = new HashMap<>();
        waiting(underWay).forEach((client, waits) -> {
            if (waits) {
                connections.from(client).ifPresent(connection -> {
                    Still still = still(client, connection.taken(), nowNanos);
                    now.put(client, still);
                    if (nowNanos - still.sinceNanos > allowed.toNanos()) {
                        connection.cut();
                    }
                });
            }
        });
        seen = now;
    }

    private static Map<SocketAddress, Boolean> waiting(Collection<? extends OpenCall> underWay) {
        Map<SocketAddress, Boolean> waiting = new HashMap<>();
        for (OpenCall call : underWay) {
            SocketAddress client = call.client();
            if (client != null) {
                waiting.merge(client, call.waitsForClient(), Boolean::logicalAnd);
            }
        }
        return waiting;
    }

    private Still still(SocketAddress client, GrpcConnections.Taken taken, long nowNanos) {
        Still before = seen.get(client);
        return before != null && before.taken.equals(taken) ? before : new Still(taken, nowNanos);
    }
}
