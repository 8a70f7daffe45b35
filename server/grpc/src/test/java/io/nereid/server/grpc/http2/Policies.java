package io.nereid.server.grpc.http2;

import java.time.Duration;
import java.util.Optional;

/** Policies of connections for tests. */
final class Policies {
    static final ConnectionPolicy DEFAULT = of(Optional.empty(), Optional.empty());

    private Policies() {}

    static ConnectionPolicy of(Optional<Duration> maxAge, Optional<Duration> grace) {
        return new ConnectionPolicy(1 << 20, 100, 16 << 10, 100, Duration.ofSeconds(10), Duration.ofSeconds(20),
                Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofSeconds(20), false, Duration.ofMinutes(5),
                maxAge, grace);
    }
}
