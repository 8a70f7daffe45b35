package io.nereid.server.console;

import io.nereid.server.console.calls.CallTarget;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.netty.handler.codec.http.HttpHeaderNames;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the protocol is served, as far as the configuration says.
 *
 * @param https whether HTTP is encrypted
 * @param grpcPort the port of gRPC; 0 where there is none, or the system chooses it
 * @param grpcTls whether gRPC is encrypted
 * @param httpHeader the name of the header line that inference over HTTP must have; absent where that is not restricted
 * @param grpcHeader the same over gRPC
 */
public record ServedPorts(boolean https, int grpcPort, boolean grpcTls, Optional<String> httpHeader,
        Optional<String> grpcHeader) {
    /** A name or an address of the fourth or sixth version, and maybe a port. */
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9._-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(:\\d{1,5})?");
    private static final String UNKNOWN = "localhost:8000";

    /** A version as the client sees it who asks: under the host that it has asked. */
    CallTarget target(HttpExchange exchange, ModelPath path) {
        String host = exchange.headers().get(HttpHeaderNames.HOST, UNKNOWN);
        String known = HOST.matcher(host).matches() ? host : UNKNOWN;
        String name = known.replaceFirst(":\\d{1,5}$", "");
        Optional<String> grpc = grpcPort == 0 ? Optional.empty() : Optional.of(name + ":" + grpcPort);
        return new CallTarget(known, https, grpc, grpcTls, httpHeader, grpcHeader, path.model(), path.version());
    }
}
