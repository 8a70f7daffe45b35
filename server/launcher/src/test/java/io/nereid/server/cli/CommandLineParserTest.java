package io.nereid.server.cli;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.Treatment;
import io.nereid.server.config.UsageException;
import io.nereid.server.grpc.GrpcFlags;
import io.nereid.server.http.HttpFlags;
import io.nereid.server.logging.LoggingFlags;
import io.nereid.server.model.config.RepositoryFlags;
import io.nereid.server.sharedmemory.SharedMemoryFlags;
import io.nereid.server.tracing.TraceFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CommandLineParserTest {
    @Test
    void parse_malformedRestriction_doesNotRepeatItsSecret() {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> CommandLineParser.parse(List.of("--http-restricted-api=inference=key=hidden")))
                .withMessage("--http-restricted-api: got '...' (expected <api,...>:<key>=<value>)");
    }

    /**
     * Triton's flags with a value other than the default, and what is not of Triton. Kept apart from the table on
     * purpose.
     */
    private static final Map<String, String> NO_EFFECT = Map.ofEntries(
            Map.entry("--enable-peer-access", "false"),
            Map.entry("--min-supported-compute-capability", "7.5"), Map.entry("--backend-directory", "/b"),
            Map.entry("--repoagent-directory", "/r"), Map.entry("--grpc-infer-allocation-pool-size", "16"),
            Map.entry("--grpc-http2-max-pings-without-data", "1"),
            Map.entry("--grpc-http2-max-ping-strikes", "1"), Map.entry("--cache-directory", "/c"),
            Map.entry("--cuda-virtual-address-size", "0:1"), Map.entry("--buffer-manager-thread-count", "1"),
            Map.entry("--host-policy", "gpu_0,numa-node=0"));

    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("--model-load-gpu-limit", "0:0.8"));

    private static final Set<String> APPLIED = Set.of("--allow-sagemaker", "--sagemaker-port",
            "--sagemaker-safe-port-range", "--sagemaker-thread-count", "--allow-vertex-ai", "--vertex-ai-port",
            "--vertex-ai-thread-count", "--vertex-ai-default-model", "--help", "--version", "--id",
            "--exit-timeout-secs",
            "--exit-on-error", "--strict-readiness", "--model-repository", "--disable-auto-complete-config",
            "--strict-model-config", "--model-config-name", "--model-load-thread-count", "--model-control-mode",
            "--repository-poll-secs", "--load-model", "--model-memory-budget", "--on-demand-max-wait-secs",
            "--on-demand-max-waiting-requests", "--on-demand-min-loaded-secs", "--model-load-retry-count",
            "--model-partial-availability", "--allow-client-native-code", "--model-namespacing",
            "--gpu-fallback", "--pinned-memory-pool-byte-size", "--cuda-memory-pool-byte-size", "--cache-config",
            "--response-cache-byte-size",
            "--allow-http", "--allow-console",
            "--http-address", "--http-port", "--reuse-http-port", "--http-header-forward-pattern",
            "--http-thread-count", "--http-max-input-size", "--http-max-body-size", "--drain-grace-secs",
            "--http-max-connections",
            "--grpc-max-connections", "--grpc-max-message-size", "--grpc-message-timeout-secs",
            "--grpc-idle-timeout-secs", "--http-idle-timeout-secs",
            "--http-head-timeout-secs",
            "--http-body-timeout-secs", "--max-inflight-requests", "--max-inflight-bytes", "--max-inflight-heap-bytes",
            "--min-client-bytes-per-sec",
            "--max-request-parameters", "--max-request-string-size", "--max-request-head-size", "--log-verbose",
            "--log-info", "--log-warning", "--log-error", "--log-format",
            "--log-file", "--access-log", "--trace-config", "--trace-file", "--trace-level", "--trace-rate",
            "--trace-count", "--trace-log-frequency", "--backend-config", "--rate-limit", "--rate-limit-resource",
            "--inline-execution", "--allow-grpc", "--grpc-address",
            "--grpc-port", "--reuse-grpc-port", "--grpc-header-forward-pattern", "--grpc-infer-thread-count",
            "--grpc-max-response-pool-size", "--grpc-server-cert", "--grpc-server-key", "--grpc-root-cert",
            "--grpc-infer-response-compression-level", "--grpc-keepalive-time", "--grpc-keepalive-timeout",
            "--grpc-keepalive-permit-without-calls", "--grpc-http2-min-recv-ping-interval-without-data",
            "--grpc-max-connection-age", "--grpc-max-connection-age-grace", "--http-restricted-api", "--grpc-use-ssl",
            "--http-allowed-origins", "--http-allowed-hosts", "--allow-openai", "--openai-restricted-api",
            "--grpc-use-ssl-mutual", "--grpc-restricted-protocol", "--allow-client-shm", "--http-use-ssl",
            "--http-use-ssl-mutual", "--http-server-cert", "--http-server-key", "--http-root-cert", "--allow-metrics",
            "--allow-gpu-metrics", "--allow-cpu-metrics", "--metrics-address", "--metrics-port",
            "--metrics-interval-ms", "--metrics-config");

    static Set<Map.Entry<String, String>> noEffect() {
        return NO_EFFECT.entrySet();
    }

    static Set<Map.Entry<String, String>> refused() {
        return REFUSED.entrySet();
    }

    static List<Flag<?>> all() {
        return Flags.ALL;
    }

    @Test
    void table_everyFlag_isOneOfTheThreeListsHere() {
        assertThat(names(Treatment.Applied.class)).containsExactlyInAnyOrderElementsOf(APPLIED);
        assertThat(names(Treatment.NoEffectYet.class)).containsExactlyInAnyOrderElementsOf(NO_EFFECT.keySet());
        assertThat(names(Treatment.Refused.class)).containsExactlyInAnyOrderElementsOf(REFUSED.keySet());
    }

    @ParameterizedTest
    @MethodSource("all")
    void read_defaultOfEveryFlag_isWellFormed(Flag<?> flag) throws UsageException {
        if (!flag.defaultText().isEmpty()) {
            assertThat(flag.read(flag.defaultText())).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("noEffect")
    void parse_flagWithoutEffect_warns(Map.Entry<String, String> flag) throws UsageException {
        assertThat(parse(flag.getKey() + "=" + flag.getValue()).warnings()).singleElement().asString()
                .startsWith("%s=%s has no effect yet: ".formatted(flag.getKey(), flag.getValue()))
                .endsWith(" is not built");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void parse_flagThatMustNotBeLost_isRefused(Map.Entry<String, String> flag) {
        String start = "%s=%s: ".formatted(flag.getKey(), flag.getValue());
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse(flag.getKey(), flag.getValue()))
                .withMessageStartingWith(start).withMessageContaining("is not built yet")
                .withMessageContaining("leave the flag out");
    }

    @ParameterizedTest
    @CsvSource({
            "--rate-limit,off", "--response-cache-byte-size,0"})
    void parse_unbuiltFeatureSwitchedOff_passesInSilence(String name, String value) throws UsageException {
        assertThat(parse(name + "=" + value).warnings()).isEmpty();
    }

    @Test
    void parse_valueAfterEqualsOrSpace_isTheSame() throws UsageException {
        assertThat(parse("--http-port=9000").get(HttpFlags.HTTP_PORT)).isEqualTo(9000);
        assertThat(parse("--http-port", "9000").get(HttpFlags.HTTP_PORT)).isEqualTo(9000);
        assertThat(parse("--id=a=b").get(ServerFlags.ID)).isEqualTo("a=b");
    }

    @Test
    void parse_flagTwice_lastCounts() throws UsageException {
        assertThat(parse("--http-port=1", "--http-port=2").get(HttpFlags.HTTP_PORT)).isEqualTo(2);
        assertThat(parse("--allow-sagemaker=1", "--allow-sagemaker=0").warnings()).isEmpty();
    }

    @Test
    void parse_repeatableFlagUnderBothNames_keepsAllInOrder() throws UsageException {
        assertThat(parse("--model-repository=a", "--model-store", "b", "--model-repository", "c")
                .all(RepositoryFlags.MODEL_REPOSITORY)).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @CsvSource({"--model-repo,MODEL_REPOSITORY", "--model-st,MODEL_REPOSITORY", "--model-r,MODEL_REPOSITORY",
            "--http-port,HTTP_PORT", "--http-po,HTTP_PORT", "--log-verb,LOG_VERBOSE", "--vers,VERSION"})
    void parse_beginningThatStandsForOneFlag_isTaken(String beginning, String flag) throws UsageException {
        String value = flag.equals("MODEL_REPOSITORY") ? "models" : "1";
        FlagValues values = parse(beginning + "=" + value);
        assertThat(Flags.ALL.stream().filter(values::isGiven).map(Flag::name))
                .containsExactly(flag.toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    @Test
    void parse_log_warn_isLogWarning() throws UsageException {
        assertThat(parse("--log-warn=false").get(LoggingFlags.LOG_WARNING)).isFalse();
    }

    @Test
    void parse_nameThatAlsoBeginsOthers_isTakenAsItIs() throws UsageException {
        assertThat(parse("--grpc-max-connection-age=5").get(GrpcFlags.GRPC_MAX_CONNECTION_AGE)).isEqualTo(5);
    }

    @Test
    void parse_booleanWithoutValue_isTrue() throws UsageException {
        FlagValues values = parse("--http-use-ssl", "--grpc-use-ssl", "off", "--http-port", "1", "--allow-client-shm");
        assertThat(values.get(HttpFlags.TLS.on())).isTrue();
        assertThat(values.get(GrpcFlags.TLS.on())).isFalse();
        assertThat(values.get(HttpFlags.HTTP_PORT)).isEqualTo(1);
        assertThat(values.get(SharedMemoryFlags.ALLOW_CLIENT_SHM)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"off,OFF", "false,OFF", "min,TIMESTAMPS", "max,TIMESTAMPS", "true,TIMESTAMPS", "ON,TIMESTAMPS",
            "TIMESTAMPS,TIMESTAMPS", "tensors,TENSORS"})
    void parse_traceLevel_takesTritonsOlderWords(String word, String level) throws UsageException {
        assertThat(parse("--trace-level", word).all(TraceFlags.TRACE_LEVEL)).containsExactly(level);
    }

    @ParameterizedTest
    @CsvSource({"true,1", "false,0", "3,3"})
    void parse_logVerbose_isANumberOrABoolean(String text, int level) throws UsageException {
        assertThat(parse("--log-verbose=" + text).get(LoggingFlags.LOG_VERBOSE)).isEqualTo(level);
    }

    @Test
    void parse_wordOfAChoice_mayBeInAnyCase() throws UsageException {
        assertThat(parse("--model-control-mode=EXPLICIT").get(RepositoryFlags.MODEL_CONTROL_MODE))
                .isEqualTo("explicit");
    }

    @ParameterizedTest
    @CsvSource({"true,true", "on,true", "off,false", "1,true", "TRUE,true", "false,false", "0,false", "False,false"})
    void parse_boolean_takesWordsAndDigits(String text, boolean value) throws UsageException {
        assertThat(parse("--strict-readiness=" + text).get(ServerFlags.STRICT_READINESS)).isEqualTo(value);
    }

    @Test
    void parse_switch_takesNoValueFromBehind() throws UsageException {
        FlagValues values = parse("--disable-auto-complete-config", "--http-port", "1");
        assertThat(values.get(RepositoryFlags.DISABLE_AUTO_COMPLETE_CONFIG)).isTrue();
        assertThat(values.get(HttpFlags.HTTP_PORT)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --http-port=80a | --http-port: got '80a' (expected a whole number from 0 to 65535); the default is 8000
            --http-port=65536 | --http-port: got '65536' (expected a whole number from 0 to 65535); the default is 8000
            --http-port= | --http-port: got '' (expected a whole number from 0 to 65535); the default is 8000
            --http-port | --http-port: got no value (expected a whole number from 0 to 65535); give it as --http-port=VALUE
            --http-max-input-size=0 | Error: --http-max-input-size must be greater than 0. Got '0' (expected a whole number, 1 or more); the default is 67108864
            --http-max-input-size=-9 | Error: --http-max-input-size must be greater than 0. Got '-9' (expected a whole number, 1 or more); the default is 67108864
            --http-max-input-size=x | --http-max-input-size: got 'x' (expected a whole number, 1 or more); the default is 67108864
            --http-idle-timeout-secs=0 | Error: --http-idle-timeout-secs must be greater than 0. Got '0' (expected a whole number, 1 or more); the default is 600
            --exit-timeout-secs=-1 | --exit-timeout-secs: got '-1' (expected a whole number, 0 or more); the default is 30
            --strict-readiness=yes | --strict-readiness: got 'yes' (expected true, false, on, off, 1 or 0); the default is true
            --disable-auto-complete-config=x | --disable-auto-complete-config: got 'x' (expected no value); the default is false
            --log-format=xml | --log-format: got 'xml' (expected one of default, ISO8601); the default is default
            --id= | --id: got '' (expected a text that is not empty); the default is triton
            --backend-config=onnxruntime | --backend-config: got 'onnxruntime' (expected BACKEND,KEY=VALUE, or KEY=VALUE for every backend)
            --rate-limit=on | --rate-limit: got 'on' (expected one of off, execution_count); the default is off
            --rate-limit-resource=R | --rate-limit-resource: got 'R' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --rate-limit-resource=:1 | --rate-limit-resource: got ':1' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --rate-limit-resource=R:-1 | --rate-limit-resource: got 'R:-1' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --rate-limit-resource=R:1:x | --rate-limit-resource: got 'R:1:x' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --rate-limit-resource=R:1:0:2 | --rate-limit-resource: got 'R:1:0:2' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --rate-limit-resource=R:1:9999999999 | --rate-limit-resource: got 'R:1:9999999999' (expected NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers)
            --grpc-infer-thread-count=1 | --grpc-infer-thread-count: got '1' (expected a whole number from 2 to 128); the default is 2
            --http-prt=1 | unknown flag --http-prt (did you mean '--http-port'?); --help lists all flags
            --model-re= | --model-repository: got '' (expected a text that is not empty)
            --model-config-name= | --model-config-name: got '' (expected a text that is not empty)
            --model-co=x | flag --model-co is ambiguous: it may stand for --model-config-name, --model-control-mode; write one of them out
            --log-=1 | flag --log- is ambiguous: it may stand for --log-verbose, --log-info, --log-warning, --log-error, --log-format, --log-file; write one of them out
            --log-verbose=maybe | --log-verbose: got 'maybe' (expected a whole number, 0 or more); the default is 0
            --trace-level=most | --trace-level: got 'most' (expected one of OFF, TIMESTAMPS, TENSORS); the default is OFF
            -- | unknown flag -- (did you mean '--id'?); --help lists all flags
            --modelstore=x | unknown flag --modelstore (did you mean '--model-store'?); --help lists all flags
            -h | unknown flag -h; --help lists all flags
            models | Unexpected argument: models; a repository is given as --model-repository=models
            """)
    void parse_badArgument_saysWhatToDo(String argument, String message) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse(argument)).withMessage(message);
    }

    @Test
    void parse_flagWhereItsValueShouldBe_isNotTakenForTheValue() {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse("--id", "--http-port=1"))
                .withMessageStartingWith("--id: got no value");
    }

    private static FlagValues parse(String... arguments) throws UsageException {
        return CommandLineParser.parse(List.of(arguments));
    }

    private static List<String> names(Class<? extends Treatment> treatment) {
        return Flags.ALL.stream().filter(flag -> treatment.isInstance(flag.treatment())).map(Flag::option).toList();
    }
}
