package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import io.nereid.server.logging.AccessLog;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.BackendConfig;
import io.nereid.server.model.ModelControlConfig;
import io.nereid.server.model.ModelControlMode;
import io.nereid.server.model.RateLimits;
import io.nereid.server.model.RepositoryConfig;
import io.nereid.server.protocol.AdmissionLimits;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the server's configuration of the values of the flags. */
final class ConfigFromFlags {
    private final FlagValues flags;

    ConfigFromFlags(FlagValues flags) {
        this.flags = flags;
    }

    /**
     * The configuration.
     *
     * @throws UsageException where a repository is missing or cannot be read, or values do not go together
     */
    ServerConfig read() throws UsageException {
        HttpConfig http = http();
        GrpcConfig grpc = new GrpcFlags(flags).read();
        MetricsConfig metrics = new MetricsFlags(flags).read(http.address());
        checkPorts(http, grpc, metrics);
        return new ServerConfig(flags.get(Flags.ID), repositories(), http, grpc, admission(), backends(),
                flags.get(Flags.ALLOW_CLIENT_SHM), rateLimits(), logging(), flags.get(Flags.STRICT_READINESS),
                flags.get(Flags.EXIT_ON_ERROR), seconds(Flags.EXIT_TIMEOUT_SECS),
                seconds(Flags.DRAIN_GRACE_SECS), metrics, new TraceFlags(flags, System.getenv()).read());
    }

    private static void checkPorts(HttpConfig http, GrpcConfig grpc, MetricsConfig metrics) throws UsageException {
        if (!http.enabled() && !grpc.enabled()) {
            throw new UsageException("--allow-http=false and --allow-grpc=false: nothing is left that could take a"
                    + " request; leave one of them out");
        }
        List<Listening> ports = Stream.of(new Listening("HTTP", "http", http.enabled(), http.address(), http.port()),
                new Listening("GRPC", "grpc", grpc.enabled(), grpc.address(), grpc.port()),
                new Listening("metrics", "metrics", metrics.enabled(), metrics.address(), metrics.port()))
                .filter(Listening::fixed).toList();
        for (int i = 1; i < ports.size(); i++) {
            for (Listening earlier : ports.subList(0, i)) {
                earlier.checkApart(ports.get(i));
            }
        }
    }

    /** One port: what for, in Triton's words, and the flags that it comes from. */
    private record Listening(String service, String flags, boolean enabled, String address, int port) {
        boolean fixed() {
            return enabled && port != 0;
        }

        void checkApart(Listening other) throws UsageException {
            if (port == other.port && address.equals(other.address)) {
                throw new UsageException(("The server cannot listen to %s requests and %s requests at the same address"
                        + " and port %s:%d; choose another --%s-port or --%s-port").formatted(service, other.service,
                                address, port, flags, other.flags));
            }
        }
    }

    private RepositoryConfig repositories() throws UsageException {
        List<String> locations = new ArrayList<>();
        for (String location : flags.all(Flags.MODEL_REPOSITORY)) {
            locations.add(flags.get(Flags.EXIT_ON_ERROR) ? RepositoryFolder.check(location)
                    : RepositoryFolder.named(location));
        }
        if (locations.isEmpty()) {
            throw new UsageException("--model-repository is missing; "
                    + "give the folder of the models, for example --model-repository=examples/food11/models");
        }
        boolean autoComplete = !flags.get(Flags.DISABLE_AUTO_COMPLETE_CONFIG) && !flags.get(Flags.STRICT_MODEL_CONFIG);
        String configName = flags.isGiven(Flags.MODEL_CONFIG_NAME) ? flags.get(Flags.MODEL_CONFIG_NAME) : "";
        if (configName.indexOf('/') >= 0) {
            throw new UsageException("--model-config-name: got '%s' (expected the name of a file in configs/, without "
                    .formatted(configName) + ".pbtxt)");
        }
        return new RepositoryConfig(locations, autoComplete, configName, flags.get(Flags.MODEL_LOAD_THREAD_COUNT),
                flags.get(Flags.GPU_FALLBACK).equals("cpu"), control());
    }

    private ModelControlConfig control() throws UsageException {
        ModelControlMode mode = ModelControlMode.valueOf(flags.get(Flags.MODEL_CONTROL_MODE).toUpperCase(Locale.ROOT));
        List<String> startupModels = flags.all(Flags.LOAD_MODEL);
        if (!startupModels.isEmpty() && mode != ModelControlMode.EXPLICIT) {
            throw new UsageException("--load-model needs --model-control-mode=explicit; in the other modes all models"
                    + " are loaded");
        }
        if (startupModels.size() > 1 && startupModels.contains(ModelControlConfig.EVERY_MODEL)) {
            throw new UsageException("--load-model=* loads all models; leave the other --load-model out");
        }
        return new ModelControlConfig(mode, seconds(Flags.REPOSITORY_POLL_SECS), startupModels,
                flags.get(Flags.MODEL_LOAD_RETRY_COUNT), flags.get(Flags.ALLOW_CLIENT_NATIVE_CODE));
    }

    private HttpConfig http() throws UsageException {
        HttpLimits limits = new HttpLimits(flags.get(Flags.HTTP_MAX_INPUT_SIZE),
                flags.get(Flags.HTTP_MAX_BODY_SIZE), flags.get(Flags.HTTP_MAX_CONNECTIONS),
                seconds(Flags.HTTP_IDLE_TIMEOUT_SECS),
                seconds(Flags.HTTP_HEAD_TIMEOUT_SECS), seconds(Flags.HTTP_BODY_TIMEOUT_SECS));
        String pattern = flags.get(Flags.HTTP_HEADER_FORWARD_PATTERN);
        try {
            return new HttpConfig(flags.get(Flags.ALLOW_HTTP), flags.get(Flags.HTTP_ADDRESS),
                    flags.get(Flags.HTTP_PORT),
                    flags.get(Flags.REUSE_HTTP_PORT), flags.get(Flags.HTTP_THREAD_COUNT), pattern, limits,
                    TlsFlags.HTTP.read(flags), RestrictionFlag.read(flags, Flags.HTTP_RESTRICTED_API, ""));
        } catch (IllegalArgumentException e) {
            // Everything else was checked as a flag's value; what is left is the pattern.
            throw new UsageException("--http-header-forward-pattern: got '%s' (expected a regular expression)"
                    .formatted(pattern));
        }
    }

    private AdmissionLimits admission() throws UsageException {
        return new AdmissionLimits(flags.get(Flags.MAX_INFLIGHT_REQUESTS), flags.get(Flags.MAX_INFLIGHT_BYTES));
    }

    private BackendConfig backends() throws UsageException {
        BackendConfig backends = BackendConfig.NONE;
        for (String setting : flags.all(Flags.BACKEND_CONFIG)) {
            int equals = setting.indexOf('=');
            int comma = setting.lastIndexOf(',', equals);
            String backend = comma < 0 ? "" : setting.substring(0, comma);
            try {
                backends = backends.with(backend, setting.substring(comma + 1, equals), setting.substring(equals + 1));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--backend-config=%s: %s".formatted(setting, e.getMessage()));
            }
        }
        return backends;
    }

    private RateLimits rateLimits() throws UsageException {
        RateLimits.Mode mode = flags.get(Flags.RATE_LIMIT).equals("execution_count") ? RateLimits.Mode.EXECUTION_COUNT
                : RateLimits.Mode.OFF;
        return new RateLimits(mode, flags.all(Flags.RATE_LIMIT_RESOURCE));
    }

    private LoggingConfig logging() throws UsageException {
        LoggingConfig.Format format = LoggingConfig.Format.named(flags.get(Flags.LOG_FORMAT)).orElseThrow();
        String accessLog = flags.get(Flags.ACCESS_LOG);
        if (!accessLog.equals(AccessLog.STANDARD_OUTPUT)) {
            file(Flags.ACCESS_LOG, accessLog);
        }
        return new LoggingConfig(flags.get(Flags.LOG_VERBOSE), flags.get(Flags.LOG_INFO), flags.get(Flags.LOG_WARNING),
                flags.get(Flags.LOG_ERROR), format, file(Flags.LOG_FILE, flags.get(Flags.LOG_FILE)),
                Optional.of(accessLog).filter(target -> !target.isEmpty()));
    }

    private static Optional<Path> file(Flag<String> flag, String text) throws UsageException {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Path file = Path.of(text);
        Path folder = file.toAbsolutePath().getParent();
        boolean writable = Files.exists(file) ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isWritable(folder);
        if (!writable) {
            throw new UsageException(
                    "%s=%s: cannot be written; give a file in a folder that this user may write"
                            .formatted(flag.option(), text));
        }
        return Optional.of(file);
    }

    private Duration seconds(Flag<Long> flag) throws UsageException {
        return Duration.ofSeconds(flags.get(flag));
    }
}
