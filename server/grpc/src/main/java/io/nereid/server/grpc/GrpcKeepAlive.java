package io.nereid.server.grpc;

import io.nereid.server.config.Require;

import java.time.Duration;
import java.util.Optional;

/**
 * How gRPC connections are kept alive and how long they live. The defaults are Triton's.
 *
 * @param time how long a connection is silent before it is asked whether it lives
 * @param timeout how long the answer may take
 * @param permitWithoutCalls whether clients may ask so while they have no call under way
 * @param minPingInterval how much time must lie between two such questions of a client
 * @param maxConnectionAge after what time a connection takes no more calls; absent for never
 * @param maxConnectionAgeGrace how long its last calls may then take; absent for as long as they like
 */
public record GrpcKeepAlive(
        Duration time,
        Duration timeout,
        boolean permitWithoutCalls,
        Duration minPingInterval,
        Optional<Duration> maxConnectionAge,
        Optional<Duration> maxConnectionAgeGrace) {
    /** Two hours of silence, 20 seconds for the answer, five minutes between a client's questions, no end. */
    public static final GrpcKeepAlive DEFAULT = new GrpcKeepAlive(Duration.ofHours(2), Duration.ofSeconds(20), false,
            Duration.ofMinutes(5), Optional.empty(), Optional.empty());

    public GrpcKeepAlive {
        Require.that(time.isPositive(), "time: got %s (expected more than zero)", time);
        Require.that(timeout.isPositive(), "timeout: got %s (expected more than zero)", timeout);
        Require.that(!minPingInterval.isNegative(), "minPingInterval: got %s (expected zero or more)", minPingInterval);
        Require.that(maxConnectionAge.isEmpty() || maxConnectionAge.get().isPositive(),
                "maxConnectionAge: got %s (expected more than zero)", maxConnectionAge);
        Require.that(maxConnectionAgeGrace.isEmpty() || !maxConnectionAgeGrace.get().isNegative(),
                "maxConnectionAgeGrace: got %s (expected zero or more)", maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withTime(Duration newTime) {
        return new GrpcKeepAlive(newTime, timeout, permitWithoutCalls, minPingInterval, maxConnectionAge,
                maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withTimeout(Duration newTimeout) {
        return new GrpcKeepAlive(time, newTimeout, permitWithoutCalls, minPingInterval, maxConnectionAge,
                maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withPermitWithoutCalls(boolean newPermitWithoutCalls) {
        return new GrpcKeepAlive(time, timeout, newPermitWithoutCalls, minPingInterval, maxConnectionAge,
                maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withMinPingInterval(Duration newMinPingInterval) {
        return new GrpcKeepAlive(time, timeout, permitWithoutCalls, newMinPingInterval, maxConnectionAge,
                maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withMaxConnectionAge(Optional<Duration> newMaxConnectionAge) {
        return new GrpcKeepAlive(time, timeout, permitWithoutCalls, minPingInterval, newMaxConnectionAge,
                maxConnectionAgeGrace);
    }

    public GrpcKeepAlive withMaxConnectionAgeGrace(Optional<Duration> newMaxConnectionAgeGrace) {
        return new GrpcKeepAlive(time, timeout, permitWithoutCalls, minPingInterval, maxConnectionAge,
                newMaxConnectionAgeGrace);
    }
}
