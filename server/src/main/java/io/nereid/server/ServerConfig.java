package io.nereid.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Everything a server is told before it starts. Immutable; every record of it refuses values that cannot work with an
 * {@link IllegalArgumentException} that names the component, what it got and what it expected.
 *
 * {@snippet :
 * ServerConfig config = ServerConfig.of(Path.of("models")).withHttp(HttpConfig.DEFAULT.withPort(0));
 * }
 *
 * @param id the server's name in its metadata
 * @param repositories where the models are and how they are read
 * @param http the HTTP front end and what one client may ask of it
 * @param grpc the gRPC front end
 * @param admission how much inference may be in flight at once, over all front ends
 * @param backends settings handed to the backends
 * @param allowClientSharedMemory whether clients may pass tensors in memory that they share with the server: they can then
 *     read and write every shared memory object that the server's user can
 * @param rateLimits whether instances compete for resources while they execute
 * @param logging what the process logs; only the command line acts on it, an embedding program keeps its own logging
 * @param strictReadiness ready only while every version of every known model is; otherwise as soon as the server runs
 * @param exitOnError a model that fails to load at start-up ends the start with an error; otherwise the rest is served
 * @param exitTimeout how long a stopping server waits for the requests in flight; zero waits for none
 */
public record ServerConfig(
        String id,
        RepositoryConfig repositories,
        HttpConfig http,
        GrpcConfig grpc,
        AdmissionLimits admission,
        BackendConfig backends,
        boolean allowClientSharedMemory,
        RateLimits rateLimits,
        LoggingConfig logging,
        boolean strictReadiness,
        boolean exitOnError,
        Duration exitTimeout) {

    /** The name Triton reports, which clients have come to look for. */
    public static final String DEFAULT_ID = "triton";

    /** How long a stopping server waits for the requests in flight. */
    public static final Duration DEFAULT_EXIT_TIMEOUT = Duration.ofSeconds(30);

    public ServerConfig {
        Objects.requireNonNull(repositories, "repositories");
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(grpc, "grpc");
        Objects.requireNonNull(admission, "admission");
        Objects.requireNonNull(backends, "backends");
        Objects.requireNonNull(rateLimits, "rateLimits");
        Objects.requireNonNull(logging, "logging");
        Require.that(!id.isBlank(), "id: got '%s' (expected a name)", id);
        Require.that(!exitTimeout.isNegative(), "exitTimeout: got %s (expected zero or more)", exitTimeout);
    }

    /** The defaults, serving the models of one or more repositories. */
    public static ServerConfig of(Path... repositories) {
        return new ServerConfig(DEFAULT_ID, RepositoryConfig.of(List.of(repositories)), HttpConfig.DEFAULT,
                GrpcConfig.DEFAULT,
                AdmissionLimits.DEFAULT, BackendConfig.NONE, false, RateLimits.OFF, LoggingConfig.DEFAULT, true, true,
                DEFAULT_EXIT_TIMEOUT);
    }

    public ServerConfig withId(String newId) {
        return new ServerConfig(newId, repositories, http, grpc, admission, backends, allowClientSharedMemory,
                rateLimits, logging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withRepositories(RepositoryConfig newRepositories) {
        return new ServerConfig(id, newRepositories, http, grpc, admission, backends, allowClientSharedMemory,
                rateLimits, logging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withHttp(HttpConfig newHttp) {
        return new ServerConfig(id, repositories, newHttp, grpc, admission, backends, allowClientSharedMemory,
                rateLimits, logging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withGrpc(GrpcConfig newGrpc) {
        return new ServerConfig(id, repositories, http, newGrpc, admission, backends, allowClientSharedMemory,
                rateLimits, logging,
                strictReadiness, exitOnError, exitTimeout);
    }

    public ServerConfig withAdmission(AdmissionLimits newAdmission) {
        return new ServerConfig(id, repositories, http, grpc, newAdmission, backends, allowClientSharedMemory,
                rateLimits, logging, strictReadiness,
                exitOnError, exitTimeout);
    }

    public ServerConfig withBackends(BackendConfig newBackends) {
        return new ServerConfig(id, repositories, http, grpc, admission, newBackends, allowClientSharedMemory,
                rateLimits, logging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withAllowClientSharedMemory(boolean allow) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allow, rateLimits, logging,
                strictReadiness, exitOnError, exitTimeout);
    }

    public ServerConfig withRateLimits(RateLimits newRateLimits) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allowClientSharedMemory,
                newRateLimits, logging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withLogging(LoggingConfig newLogging) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allowClientSharedMemory, rateLimits,
                newLogging, strictReadiness,
                exitOnError,
                exitTimeout);
    }

    public ServerConfig withStrictReadiness(boolean strict) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allowClientSharedMemory, rateLimits,
                logging, strict, exitOnError,
                exitTimeout);
    }

    public ServerConfig withExitOnError(boolean exit) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allowClientSharedMemory, rateLimits,
                logging, strictReadiness, exit,
                exitTimeout);
    }

    public ServerConfig withExitTimeout(Duration timeout) {
        return new ServerConfig(id, repositories, http, grpc, admission, backends, allowClientSharedMemory, rateLimits,
                logging, strictReadiness,
                exitOnError,
                timeout);
    }
}
