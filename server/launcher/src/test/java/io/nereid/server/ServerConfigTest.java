package io.nereid.server;

import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.server.cache.CacheConfig;
import io.nereid.server.console.ConsoleConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcKeepAlive;
import io.nereid.server.grpc.GrpcLimits;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import io.nereid.server.http.OpenAiConfig;
import io.nereid.server.http.OriginPolicy;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.vertexai.VertexAiConfig;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.ProcessMemory;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.config.BackendConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RateLimits;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.tracing.OpenTelemetryConfig;
import io.nereid.server.tracing.TraceSettings;
import io.nereid.server.tracing.TracingConfig;
import io.nereid.server.transport.TlsConfig;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ServerConfigTest {
    private static final TlsConfig TLS = new TlsConfig(Path.of("cert"), Path.of("key"), Optional.empty());
    private static final Restrictions RESTRICTIONS = new Restrictions(
            Map.of(ApiCategory.HEALTH, new Restrictions.Requirement("key", "secret")));
    private static final ServerConfig CONFIG = ServerConfig.of(Path.of("models"));

    @Test
    void of_repositoryOnly_everyDefaultIsTritons() {
        assertThat(CONFIG.id()).isEqualTo("triton");
        assertThat(CONFIG.strictReadiness()).isTrue();
        assertThat(CONFIG.exitOnError()).isTrue();
        assertThat(CONFIG.exitTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(CONFIG.repositories())
                .isEqualTo(
                        new RepositoryConfig(List.of("models"), true, "", 4, false, false, ModelControlConfig.DEFAULT));
        assertThat(CONFIG.backends())
                .isEqualTo(new BackendConfig(Map.of(), Map.of(), 268_435_456, DevicePoolSizes.DEFAULT));
        assertThat(CONFIG.rateLimits()).isEqualTo(new RateLimits(RateLimits.Mode.OFF, List.of()));
        assertThat(CONFIG.logging()).isEqualTo(
                new LoggingConfig(0, true, true, true, LoggingConfig.Format.DEFAULT, Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void http_default_isTritonsButForThreadsAndLimits() {
        int processors = Runtime.getRuntime().availableProcessors();
        HttpLimits limits = new HttpLimits(67108864, Integer.MAX_VALUE, 16384, Duration.ofSeconds(600),
                Duration.ofSeconds(20), Duration.ofSeconds(30));
        assertThat(CONFIG.http())
                .isEqualTo(new HttpConfig(true, "0.0.0.0", 8000, false, Math.min(8, processors), "", limits,
                        Optional.empty(), Restrictions.NONE, OriginPolicy.OWN_PAGES, OpenAiConfig.OFF));
    }

    @Test
    void grpc_default_isTritonsButForLimits() {
        GrpcKeepAlive keepAlive = new GrpcKeepAlive(Duration.ofHours(2), Duration.ofSeconds(20), false,
                Duration.ofMinutes(5), Optional.empty(), Optional.empty());
        assertThat(CONFIG.grpc()).isEqualTo(new GrpcConfig(true, "0.0.0.0", 8001, false, 2, "",
                GrpcConfig.Compression.NONE, Integer.MAX_VALUE, keepAlive,
                new GrpcLimits(16384, Integer.MAX_VALUE, Duration.ofSeconds(30), Duration.ofHours(1)), Optional.empty(),
                Restrictions.NONE));
        assertThat(CONFIG.allowClientSharedMemory()).isFalse();
    }

    @Test
    void grpcWith_eachComponent_changesThatOneOnly() {
        GrpcLimits limits = GrpcLimits.DEFAULT.withMaxConnections(1).withMaxMessageBytes(2)
                .withMessageTimeout(Duration.ofSeconds(3)).withIdleTimeout(Duration.ofSeconds(4));
        GrpcConfig changed = GrpcConfig.DEFAULT.withEnabled(false).withAddress("::1").withPort(5)
                .withHeaderForwardPattern("x").withCompression(GrpcConfig.Compression.HIGH).withLimits(limits)
                .withTls(TLS)
                .withRestrictions(RESTRICTIONS);
        assertThat(changed).isEqualTo(new GrpcConfig(false, "::1", 5, false, 2, "x", GrpcConfig.Compression.HIGH,
                Integer.MAX_VALUE, GrpcKeepAlive.DEFAULT,
                new GrpcLimits(1, 2, Duration.ofSeconds(3), Duration.ofSeconds(4)), Optional.of(TLS), RESTRICTIONS));
        refused(() -> GrpcLimits.DEFAULT.withMaxConnections(0), "maxConnections: got 0 (expected 1 or more)");
        refused(() -> GrpcLimits.DEFAULT.withMaxMessageBytes(0), "maxMessageBytes: got 0 (expected 1 or more)");
        refused(() -> GrpcConfig.DEFAULT.withPort(65536), "port: got 65536 (expected 0 to 65535)");
        refused(() -> GrpcConfig.DEFAULT.withAddress(""), "address: got '' (expected a host name or an IP address)");
    }

    @Test
    void restrictions_shown_keepTheirSecret() {
        assertThat(RESTRICTIONS.toString()).contains("key").doesNotContain("secret");
    }

    @Test
    void admission_default_leavesHalfOfTheTensorMemoryToAdmittedRequests() {
        assertThat(CONFIG.admission()).isEqualTo(new LedgerLimits(ProcessMemory.OF_THIS_PROCESS.forClients(),
                Runtime.getRuntime().maxMemory() / 2, 16_384, 64 << 10));
        assertThat(ProcessMemory.OF_THIS_PROCESS.forTensors()).isGreaterThan(1 << 20);
    }

    @Test
    void with_eachComponent_changesThatOneOnly() {
        RepositoryConfig repositories = RepositoryConfig.of(List.of(Path.of("other")));
        HttpConfig http = HttpConfig.DEFAULT.withPort(1);
        LedgerLimits admission = LedgerLimits.DEFAULT.withMaxRequests(2).withMaxBytes(3);
        GrpcConfig grpc = GrpcConfig.DEFAULT.withPort(2);
        ConsoleConfig console = new ConsoleConfig(false);
        RequestLimits requestLimits = new RequestLimits(5, 6, 7);
        BackendConfig backends = BackendConfig.NONE.with("", "key", "value");
        RateLimits rateLimits = new RateLimits(RateLimits.Mode.EXECUTION_COUNT, List.of());
        CacheConfig cache = new CacheConfig.Local(8, true);
        LoggingConfig logging = new LoggingConfig(1, true, true, true, LoggingConfig.Format.ISO8601, Optional.empty(),
                Optional.of("-"));
        MetricsConfig metrics = MetricsConfig.DEFAULT.withPort(3);
        TracingConfig tracing = new TracingConfig(TracingConfig.Mode.TRITON, TraceSettings.DEFAULT, "traces",
                OpenTelemetryConfig.DEFAULT);
        SageMakerConfig sageMaker = SageMakerConfig.DEFAULT.withPort(5);
        VertexAiConfig vertexAi = VertexAiConfig.DEFAULT.withPort(6);
        ServerConfig changed = CONFIG.withId("a").withRepositories(repositories).withHttp(http).withGrpc(grpc)
                .withSageMaker(sageMaker).withVertexAi(vertexAi).withConsole(console)
                .withAdmission(admission).withRequestLimits(requestLimits).withBackends(backends)
                .withAllowClientSharedMemory(true).withRateLimits(rateLimits).withInlineExecution(false)
                .withCache(cache).withLogging(logging)
                .withStrictReadiness(false).withExitOnError(false)
                .withExitTimeout(Duration.ofSeconds(3)).withDrainGrace(Duration.ofSeconds(4))
                .withMetrics(metrics).withTracing(tracing);
        assertThat(changed).isEqualTo(
                new ServerConfig("a", repositories, http, grpc, Optional.of(sageMaker), Optional.of(vertexAi), console,
                        admission, requestLimits, backends, true, rateLimits, false,
                        cache, logging, false, false,
                        Duration.ofSeconds(3), Duration.ofSeconds(4), metrics, tracing));
    }

    @Test
    void of_embedded_hasNoMetricsPort() {
        assertThat(CONFIG.metrics()).isEqualTo(MetricsConfig.OFF);
        assertThat(MetricsConfig.DEFAULT).isEqualTo(new MetricsConfig(true, "0.0.0.0", 8002, true, true,
                Duration.ofSeconds(2), new LatencySettings(true, false, false, true,
                        List.of(0.5, 0.9, 0.95, 0.99, 0.999))));
    }

    @Test
    void metricsWith_eachComponent_changesThatOneOnly() {
        LatencySettings latencies = new LatencySettings(false, true, true, true, List.of(0.0, 1.0));
        assertThat(MetricsConfig.DEFAULT.withEnabled(false).withAddress("a").withPort(1).withGpus(false)
                .withProcessors(false).withInterval(Duration.ofMillis(2)).withLatencies(latencies))
                .isEqualTo(new MetricsConfig(false, "a", 1, false, false, Duration.ofMillis(2), latencies));
    }

    @Test
    void metrics_valuesThatCannotWork_areRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> MetricsConfig.DEFAULT.withPort(65_536))
                .withMessage("port: got 65536 (expected 0 to 65535)");
        assertThatIllegalArgumentException().isThrownBy(() -> MetricsConfig.DEFAULT.withInterval(Duration.ZERO))
                .withMessage("interval: got PT0S (expected more than zero)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatencySettings(true, true, true, true, List.of(1.1)))
                .withMessage("quantiles: got [1.1] (expected numbers from 0 to 1)");
    }

    @Test
    void repositoriesWith_eachComponent_changesThatOneOnly() {
        ModelControlConfig control = ModelControlConfig.DEFAULT
                .withStartup(ModelControlMode.EXPLICIT, List.of("m")).withRetries(3)
                .withPollInterval(Duration.ofSeconds(4));
        RepositoryConfig changed = CONFIG.repositories().withAutoCompleteConfig(false).withConfigName("a")
                .withLoadThreads(2).withCpuInsteadOfGpus(true).withControl(control);
        assertThat(changed).isEqualTo(new RepositoryConfig(List.of("models"), false, "a", 2, true, false, control));
    }

    @Test
    void httpWith_eachComponent_changesThatOneOnly() {
        HttpLimits limits = HttpLimits.DEFAULT.withMaxInputBytes(1).withMaxBodyBytes(2).withMaxConnections(8)
                .withIdleTimeout(Duration.ofSeconds(3)).withHeadTimeout(Duration.ofSeconds(7))
                .withBodyTimeout(Duration.ofSeconds(4));
        HttpConfig changed = HttpConfig.DEFAULT.withEnabled(false).withAddress("::1").withPort(5).withReusePort(true)
                .withThreads(6).withHeaderForwardPattern("x-.*").withLimits(limits).withTls(TLS)
                .withRestrictions(RESTRICTIONS).withOrigins(OriginPolicy.OWN_PAGES.withOrigins("*"))
                .withOpenAi(new OpenAiConfig(true, RESTRICTIONS));
        assertThat(changed).isEqualTo(new HttpConfig(false, "::1", 5, true, 6, "x-.*",
                new HttpLimits(1, 2, 8, Duration.ofSeconds(3), Duration.ofSeconds(7), Duration.ofSeconds(4)),
                Optional.of(TLS), RESTRICTIONS, new OriginPolicy(true, Set.of(), Set.of()),
                new OpenAiConfig(true, RESTRICTIONS)));
    }

    @Test
    void config_valueThatCannotWork_saysWhatWasGotAndExpected() {
        refused(() -> CONFIG.withId(" "), "id: got ' ' (expected a name)");
        refused(() -> CONFIG.withExitTimeout(Duration.ofSeconds(-1)), "exitTimeout: got PT-1S (expected zero or more)");
        refused(ServerConfig::of, "locations: got none (expected at least one model repository)");
        refused(() -> CONFIG.repositories().withLoadThreads(0), "loadThreads: got 0 (expected 1 or more)");
        refused(() -> CONFIG.repositories().withConfigName("a/b"),
                "configName: got 'a/b' (expected a file name without '/')");
        refused(() -> CONFIG.http().withPort(65536), "port: got 65536 (expected 0 to 65535)");
        refused(() -> CONFIG.http().withPort(-1), "port: got -1 (expected 0 to 65535)");
        refused(() -> CONFIG.http().withThreads(0), "threads: got 0 (expected 1 or more)");
        refused(() -> CONFIG.http().withAddress(""), "address: got '' (expected a host name or an IP address)");
        refused(() -> LedgerLimits.DEFAULT.withMaxRequests(0), "maxRequests: got 0 (expected 1 or more)");
        refused(() -> LedgerLimits.DEFAULT.withMaxBytes(0), "maxBytes: got 0 (expected 1 or more)");
        refused(() -> HttpLimits.DEFAULT.withMaxInputBytes(0), "maxInputBytes: got 0 (expected 1 or more)");
        refused(() -> HttpLimits.DEFAULT.withMaxBodyBytes(0), "maxBodyBytes: got 0 (expected 1 or more)");
        refused(() -> HttpLimits.DEFAULT.withIdleTimeout(Duration.ZERO),
                "idleTimeout: got PT0S (expected more than zero)");
        refused(() -> HttpLimits.DEFAULT.withHeadTimeout(Duration.ZERO),
                "headTimeout: got PT0S (expected more than zero)");
        refused(() -> HttpLimits.DEFAULT.withBodyTimeout(Duration.ZERO),
                "bodyTimeout: got PT0S (expected more than zero)");
    }

    @Test
    void headerForwardPattern_notARegularExpression_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> HttpConfig.DEFAULT.withHeaderForwardPattern("("))
                .withMessageStartingWith("headerForwardPattern: got '(' (expected a regular expression)");
    }

    @Test
    void headersToForward_pattern_ignoresCase() {
        assertThat(HttpConfig.DEFAULT.headersToForward()).isEmpty();
        assertThat(HttpConfig.DEFAULT.withHeaderForwardPattern("^x-").headersToForward())
                .hasValueSatisfying(pattern -> assertThat(pattern.matcher("X-Tenant").find()).isTrue());
    }

    @Test
    void backendSettings_ownAndGlobal_ownWin() {
        BackendConfig backends = BackendConfig.NONE.with("", "a", "1").with("", "b", "1").with("onnxruntime", "b", "2")
                .with("onnxruntime", "c", "2");
        assertThat(backends.settings("onnxruntime")).isEqualTo(Map.of("a", "1", "b", "2", "c", "2"));
        assertThat(backends.settings("identity")).isEqualTo(Map.of("a", "1", "b", "1"));
    }

    @Test
    void defaultMaxBatchSize_unsetGlobalOrOwn_nearestWins() {
        BackendConfig global = BackendConfig.NONE.with("", "default-max-batch-size", "8");
        assertThat(BackendConfig.NONE.defaultMaxBatchSize("onnxruntime")).isEqualTo(4);
        assertThat(global.defaultMaxBatchSize("onnxruntime")).isEqualTo(8);
        assertThat(global.with("onnxruntime", "default-max-batch-size", "2").defaultMaxBatchSize("onnxruntime"))
                .isEqualTo(2);
        refused(() -> BackendConfig.NONE.with("", "default-max-batch-size", "x"),
                "default-max-batch-size: got 'x' (expected a whole number, 0 or more)");
    }

    @Test
    void loggingWith_eachComponent_changesThatOneOnly() {
        LoggingConfig changed = LoggingConfig.DEFAULT.withVerbose(1).withInfo(false).withWarning(false).withError(false)
                .withFormat(LoggingConfig.Format.ISO8601).withFile(Optional.of(Path.of("a")))
                .withAccessLog(Optional.of("b"));
        assertThat(changed).isEqualTo(new LoggingConfig(1, false, false, false, LoggingConfig.Format.ISO8601,
                Optional.of(Path.of("a")), Optional.of("b")));
        refused(() -> changed.withVerbose(-1), "verbose: got -1 (expected 0 or more)");
    }

    @Test
    void openTelemetry_urlWithCredentials_isNotShown() {
        OpenTelemetryConfig config = new OpenTelemetryConfig("http://user:secret@host:1/v1/traces", Map.of("a", "b"), 2,
                Duration.ofMillis(3), 2);
        assertThat(config.shown().values()).containsExactly("http://host:1/v1/traces", "a=b", "2", "3", "2");
        refused(() -> new OpenTelemetryConfig("ftp://user:secret@host", Map.of(), 1, Duration.ofMillis(1), 1),
                "url: got 'ftp://host' (expected http://host:port/path)");
        refused(() -> new OpenTelemetryConfig("http://host", Map.of(), 1, Duration.ofMillis(1), 2),
                "bsp_max_export_batch_size: got 2 (expected 1 to bsp_max_queue_size, which is 1)");
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable attempt, String message) {
        assertThatIllegalArgumentException().isThrownBy(attempt).withMessage(message);
    }
}
