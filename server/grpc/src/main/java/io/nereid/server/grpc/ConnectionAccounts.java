package io.nereid.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;

import java.net.SocketAddress;
import java.util.Objects;

/** Makes a connection's account known to the calls on it. Thread-safe. */
final class ConnectionAccounts extends ServerTransportFilter {
    private static final Attributes.Key<Account> ACCOUNT = Attributes.Key.create("io.nereid.account");

    private final GrpcConnections connections;
    private final Ledger ledger;

    /** @param ledger where a call is charged whose connection has just gone */
    ConnectionAccounts(GrpcConnections connections, Ledger ledger) {
        this.connections = connections;
        this.ledger = ledger;
    }

    /** The account of the connection that a call of those attributes came by. */
    static Account of(Attributes attributes) {
        return Objects.requireNonNull(attributes.get(ACCOUNT), "a call without an account");
    }

    /** Called once for each connection, on its event loop, as soon as HTTP/2 is set up on it. */
    @Override
    public Attributes transportReady(Attributes attributes) {
        SocketAddress client = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        GrpcConnections.Connection connection = client == null ? null : connections.from(client).orElse(null);
        if (connection != null) {
            connection.countPayload();
        }
        return with(attributes, connection == null ? ledger.detached() : connection.account());
    }

    /** The same attributes with an account. */
    static Attributes with(Attributes attributes, Account account) {
        return attributes.toBuilder().set(ACCOUNT, account).build();
    }
}
