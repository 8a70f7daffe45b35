package io.nereid.server.grpc;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Protocol;
import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;

/** An inference request as it came by gRPC. */
record GrpcArrival(Protocol protocol, ServerCall<?, ?> call, Metadata metadata, long startNanos, long endNanos,
        long bytes) implements Arrival {
    @Override
    public String client() {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress address
                && address.getAddress() != null
                        ? address.getAddress().getHostAddress() + ":" + address.getPort()
                        : "";
    }

    @Override
    public @Nullable String header(String name) {
        return metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }
}
