package io.nereid.server.cli;

import io.nereid.scheduler.instance.ResourceLimit;
import io.nereid.server.ServerConfig;
import io.nereid.server.cache.CacheConfig;
import io.nereid.server.config.UsageException;
import io.nereid.server.console.ConsoleConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcKeepAlive;
import io.nereid.server.grpc.GrpcLimits;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import io.nereid.server.http.OpenAiConfig;
import io.nereid.server.http.Origin;
import io.nereid.server.http.OriginPolicy;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.vertexai.VertexAiConfig;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.config.BackendConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.RateLimits;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.tracing.OpenTelemetryConfig;
import io.nereid.server.tracing.TraceLevel;
import io.nereid.server.tracing.TraceSettings;
import io.nereid.server.tracing.TracingConfig;
import io.nereid.server.transport.TlsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConfigFromFlagsTest {
    @TempDir
    private Path folder;

    @Test
    void read_repositoryOnly_isTheRecordsDefaults() throws UsageException {
        assertThat(read()).isEqualTo(ServerConfig.of(folder).withMetrics(MetricsConfig.DEFAULT));
    }

    @Test
    void read_everyAppliedFlag_setsItsComponent() throws UsageException {
        ServerConfig config = read("--id=a", "--exit-timeout-secs=1", "--exit-on-error=0", "--strict-readiness=0",
                "--disable-auto-complete-config", "--model-config-name=b", "--model-load-thread-count=2",
                "--gpu-fallback=cpu",
                "--allow-http=1", "--allow-console=0", "--http-address=::1", "--http-port=3", "--reuse-http-port=1",
                "--http-header-forward-pattern=c", "--http-thread-count=4", "--http-max-input-size=5",
                "--http-max-body-size=6", "--http-idle-timeout-secs=7", "--http-head-timeout-secs=11",
                "--http-body-timeout-secs=8", "--http-max-connections=23", "--drain-grace-secs=24",
                "--grpc-max-connections=25", "--grpc-max-message-size=26", "--grpc-message-timeout-secs=27",
                "--grpc-idle-timeout-secs=28", "--max-inflight-requests=12", "--max-inflight-bytes=13",
                "--max-request-parameters=31", "--max-request-string-size=32", "--max-request-head-size=33",
                "--log-verbose=9", "--log-info=0", "--log-warning=0", "--log-error=0", "--log-format=ISO8601",
                "--log-file=" + folder.resolve("log"), "--access-log=-", "--trace-config=level=TENSORS",
                "--backend-config=onnxruntime,d=e", "--backend-config=f=g,h=i",
                "--backend-config=,j=k", "--pinned-memory-pool-byte-size=39", "--cuda-memory-pool-byte-size=0:40",
                "--cuda-memory-pool-byte-size=1:41", "--cuda-memory-pool-byte-size=0:0", "--rate-limit=execution_count",
                "--rate-limit-resource=l:12",
                "--rate-limit-resource=m:13:14", "--inline-execution=off", "--cache-config=local,size=34",
                "--allow-client-shm=1",
                "--http-restricted-api=health,logging:n=o=p",
                "--http-allowed-origins=https://t.example,http://u.example:81", "--http-allowed-hosts=V.example,w",
                "--allow-openai=1", "--openai-restricted-api=inference:t=u",
                "--http-use-ssl=1", "--http-server-cert=" + file("cert"), "--http-server-key=" + file("key"),
                "--allow-grpc=1", "--grpc-address=::2", "--grpc-port=15", "--reuse-grpc-port=1",
                "--grpc-header-forward-pattern=q", "--grpc-infer-thread-count=16", "--grpc-max-response-pool-size=17",
                "--grpc-use-ssl-mutual=1", "--grpc-server-cert=" + file("cert"), "--grpc-server-key=" + file("key"),
                "--grpc-root-cert=" + file("root"), "--grpc-infer-response-compression-level=medium",
                "--grpc-keepalive-time=18", "--grpc-keepalive-timeout=19", "--grpc-keepalive-permit-without-calls=1",
                "--grpc-http2-min-recv-ping-interval-without-data=20", "--grpc-max-connection-age=21",
                "--grpc-max-connection-age-grace=22", "--grpc-restricted-protocol=inference:r=s", "--allow-metrics=0",
                "--allow-gpu-metrics=0", "--allow-cpu-metrics=0", "--metrics-address=::3", "--metrics-port=23",
                "--metrics-interval-ms=24", "--metrics-config=counter_latencies=0",
                "--metrics-config=summary_latencies=true", "--metrics-config=histogram_latencies=1",
                "--metrics-config=summary_quantiles=0.25:0.1,1:0",
                "--allow-sagemaker=1", "--sagemaker-port=35", "--sagemaker-thread-count=36", "--allow-vertex-ai=1",
                "--vertex-ai-port=37", "--vertex-ai-thread-count=38", "--vertex-ai-default-model=t");
        MetricsConfig metrics = new MetricsConfig(false, "::3", 23, false, false, Duration.ofMillis(24),
                new LatencySettings(false, true, true, true, List.of(0.25, 1.0)));
        GrpcKeepAlive keepAlive = new GrpcKeepAlive(Duration.ofMillis(18), Duration.ofMillis(19), true,
                Duration.ofMillis(20), Optional.of(Duration.ofMillis(21)), Optional.of(Duration.ofMillis(22)));
        GrpcConfig grpc = new GrpcConfig(true, "::2", 15, true, 16, "q", GrpcConfig.Compression.MEDIUM, 17, keepAlive,
                new GrpcLimits(25, 26, Duration.ofSeconds(27), Duration.ofSeconds(28)),
                Optional.of(new TlsConfig(file("cert"), file("key"), Optional.of(file("root")))),
                new Restrictions(Map.of(ApiCategory.INFERENCE,
                        new Restrictions.Requirement("triton-grpc-protocol-r", "s"))));
        Restrictions.Requirement forHttp = new Restrictions.Requirement("n", "o=p");
        HttpLimits limits = new HttpLimits(5, 6, 23, Duration.ofSeconds(7), Duration.ofSeconds(11),
                Duration.ofSeconds(8));
        assertThat(config).isEqualTo(new ServerConfig("a",
                new RepositoryConfig(List.of(folder.toString()), false, "b", 2, true, false,
                        ModelControlConfig.DEFAULT),
                new HttpConfig(true, "::1", 3, true, 4, "c", limits,
                        Optional.of(new TlsConfig(file("cert"), file("key"), Optional.empty())),
                        new Restrictions(Map.of(ApiCategory.HEALTH, forHttp, ApiCategory.LOGGING, forHttp)),
                        new OriginPolicy(false, Set.of(new Origin("https", "t.example", 443),
                                new Origin("http", "u.example", 81)), Set.of("v.example", "w")),
                        new OpenAiConfig(true, new Restrictions(Map.of(ApiCategory.INFERENCE,
                                new Restrictions.Requirement("t", "u"))))),
                grpc, Optional.of(SageMakerConfig.DEFAULT.withPort(35).withThreads(36)),
                Optional.of(VertexAiConfig.DEFAULT.withPort(37).withThreads(38).withDefaultModel("t")),
                new ConsoleConfig(false), LedgerLimits.DEFAULT.withMaxRequests(12).withMaxBytes(13),
                new RequestLimits(31, 32, 33),
                BackendConfig.NONE.with("onnxruntime", "d", "e").with("", "f", "g,h=i").with("", "j", "k")
                        .withPinnedPoolBytes(39).withDevicePoolBytes(0, 0).withDevicePoolBytes(1, 41),
                true,
                new RateLimits(RateLimits.Mode.EXECUTION_COUNT,
                        List.of(new ResourceLimit("l", 12, OptionalInt.empty()),
                                new ResourceLimit("m", 13, OptionalInt.of(14)))),
                false, new CacheConfig.Local(34, false),
                new LoggingConfig(9, false, false, false, LoggingConfig.Format.ISO8601,
                        Optional.of(folder.resolve("log")), Optional.of("-")),
                false, false, Duration.ofSeconds(1), Duration.ofSeconds(24), metrics,
                new TracingConfig(TracingConfig.Mode.TRITON,
                        new TraceSettings(Set.of(TraceLevel.TENSORS), 1000, -1, 0), "", OpenTelemetryConfig.DEFAULT)));
    }

    @Test
    void read_strictModelConfig_turnsAutoCompleteOff() throws UsageException {
        assertThat(read("--strict-model-config=true").repositories().autoCompleteConfig()).isFalse();
        assertThat(read("--strict-model-config=false").repositories().autoCompleteConfig()).isTrue();
    }

    @Test
    void read_metricsAddress_isTheOneOfHttpUnlessGiven() throws UsageException {
        assertThat(read("--http-address=127.0.0.1").metrics().address()).isEqualTo("127.0.0.1");
        assertThat(read("--http-address=127.0.0.1", "--metrics-address=::1").metrics().address()).isEqualTo("::1");
    }

    @Test
    void read_equalPorts_areNoMatterWhereThereIsNothingToCollide() throws UsageException {
        assertThat(read("--metrics-port=8000", "--metrics-address=127.0.0.1").metrics().port()).isEqualTo(8000);
        assertThat(read("--metrics-port=8000", "--allow-metrics=false").metrics().enabled()).isFalse();
        assertThat(read("--metrics-port=0", "--http-port=0").metrics().port()).isZero();
    }

    @Test
    void read_noRepository_saysHowToGiveOne() {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> new ConfigFromFlags(CommandLineParser.parse(List.of()), Map.of()).read())
                .withMessageStartingWith("--model-repository is missing; give the folder of the models");
    }

    @Test
    void read_repositoryThatCannotBeOne_saysWhy() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.writeString(model.resolve("config.pbtxt"), "");
        refused("--model-repository=" + folder.resolve("none"), "no such folder");
        refused("--model-repository=" + file, "not a folder");
        refused("--model-repository=" + model, "is a model; give the folder it is in, " + folder);
        refused("--model-repository=az://account/models", "this kind of store is not built");
        refused("--model-repository=s3://user:secret@host:9000/models", "must not have '@'");
    }

    /** The server stays up without its models then, and says that it is not live. */
    @Test
    void read_repositoryThatIsNotThereAndThatIsNoReasonToExit_isTaken() throws UsageException {
        String missing = folder.resolve("none").toString();
        ServerConfig config = new ConfigFromFlags(
                CommandLineParser.parse(List.of("--model-repository=" + missing, "--exit-on-error=false")), Map.of())
                .read();
        assertThat(config.repositories().locations()).containsExactly(missing);
    }

    @Test
    void read_valuesThatTheRecordsRefuse_namesTheFlag() {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> read("--allow-http=false", "--allow-grpc=false"))
                .withMessageContaining("nothing is left that could take a request");
        refused("--grpc-port=8000",
                "The server cannot listen to HTTP requests and GRPC requests at the same address and port 0.0.0.0:8000;");
        refused("--metrics-port=8001",
                "GRPC requests and metrics requests at the same address and port 0.0.0.0:8001; choose another --grpc-port");
        refused("--metrics-port=8000", "The server cannot listen to HTTP requests and metrics requests at");
        refused("--metrics-config=latencies=true",
                "--metrics-config: got 'latencies=true' (expected counter_latencies");
        refused("--metrics-config=counter_latencies=yes", "got 'counter_latencies=yes'");
        refused("--metrics-config=summary_quantiles=0.5", "got 'summary_quantiles=0.5'");
        refused("--metrics-config=summary_quantiles=1.5:0.1", "got 'summary_quantiles=1.5:0.1'");
        refused("--grpc-header-forward-pattern=(", "got '(' (expected a regular expression)");
        refused("--grpc-use-ssl=1", "--grpc-server-cert is missing; TLS needs it");
        refused("--http-restricted-api=nothing:a=b",
                "unknown restricted api 'nothing' (expected one of health, metadata,");
        refused("--http-restricted-api=health,health:a=b",
                "restricted api 'health' can not be specified in multiple config groups;");
        refused("--openai-restricted-api=inference,health:a=b",
                "--openai-restricted-api: OpenAI's routes have no api 'health' (expected inference or model-repository)");
        refused("--http-allowed-origins=https://a.example/path",
                "--http-allowed-origins: got 'https://a.example/path' (expected origins such as https://");
        refused("--http-allowed-origins=http://a.example,*", "(expected origins such as https://");
        refused("--http-allowed-hosts=a.example:8000",
                "--http-allowed-hosts: got 'a.example:8000' (expected host names without ports");
        refused("--grpc-restricted-protocol=health,health:a=b",
                "restricted protocol 'health' can not be specified in multiple config groups;");
        refused("--http-header-forward-pattern=(", "got '(' (expected a regular expression)");
        refused("--model-config-name=a/b", "--model-config-name: got 'a/b'");
        refused("--backend-config=default-max-batch-size=x",
                "--backend-config=default-max-batch-size=x: default-max-batch-size: got 'x'");
        refused("--log-file=" + folder.resolve("none/log"), "cannot be written");
        refused("--log-file=" + folder, "cannot be written");
        refused("--access-log=" + folder, "cannot be written");
    }

    private Path file(String name) {
        try {
            Path file = folder.resolve(name);
            return Files.exists(file) ? file : Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServerConfig read(String... arguments) throws UsageException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--model-repository=" + folder);
        return new ConfigFromFlags(CommandLineParser.parse(all), Map.of()).read();
    }

    private void refused(String argument, String message) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> read(argument)).withMessageContaining(message);
    }
}
