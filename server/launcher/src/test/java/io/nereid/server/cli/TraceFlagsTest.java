package io.nereid.server.cli;

import io.nereid.server.config.UsageException;
import io.nereid.server.tracing.OpenTelemetryConfig;
import io.nereid.server.tracing.TraceFlags;
import io.nereid.server.tracing.TraceLevel;
import io.nereid.server.tracing.TraceSettings;
import io.nereid.server.tracing.TracingConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TraceFlagsTest {
    @Test
    void read_nothingGiven_isOff() throws UsageException {
        assertThat(read(Map.of())).isEqualTo(TracingConfig.DEFAULT);
    }

    @Test
    void read_triton_everySetting() throws UsageException {
        assertThat(read(Map.of(), "--trace-config=level=TIMESTAMPS", "--trace-config", "level=TENSORS",
                "--trace-config=rate=2", "--trace-config=count=3", "--trace-config=triton,log-frequency=4",
                "--trace-config=triton,file=/t=1,2"))
                .isEqualTo(new TracingConfig(TracingConfig.Mode.TRITON,
                        new TraceSettings(Set.of(TraceLevel.TIMESTAMPS, TraceLevel.TENSORS), 2, 3, 4), "/t=1,2",
                        OpenTelemetryConfig.DEFAULT));
    }

    @Test
    void read_openTelemetry_everySetting() throws UsageException {
        TracingConfig config = read(Map.of("OTEL_BSP_MAX_QUEUE_SIZE", "100", "OTEL_BSP_SCHEDULE_DELAY", "7"),
                "--trace-config=mode=opentelemetry", "--trace-config=opentelemetry,url=collector:4318/v1/traces",
                "--trace-config=opentelemetry,resource=a=b", "--trace-config=opentelemetry,resource=service.name=s",
                "--trace-config=opentelemetry,bsp_schedule_delay=8",
                "--trace-config=opentelemetry,bsp_max_export_batch_size=9");
        assertThat(config.mode()).isEqualTo(TracingConfig.Mode.OPENTELEMETRY);
        assertThat(config.openTelemetry()).isEqualTo(new OpenTelemetryConfig("http://collector:4318/v1/traces",
                Map.of("service.name", "s", "a", "b"), 100, Duration.ofMillis(8), 9));
    }

    @Test
    void read_olderFlags_yieldToTheNewerOne() throws UsageException {
        String[] older = {"--trace-file=/old", "--trace-level=TENSORS", "--trace-rate=5", "--trace-count=6",
                "--trace-log-frequency=7"};
        assertThat(read(Map.of(), older)).isEqualTo(new TracingConfig(TracingConfig.Mode.TRITON,
                new TraceSettings(Set.of(TraceLevel.TENSORS), 5, 6, 7), "/old", OpenTelemetryConfig.DEFAULT));
        List<String> both = new java.util.ArrayList<>(List.of(older));
        both.addAll(List.of("--trace-config=level=TIMESTAMPS", "--trace-config=triton,file=/new"));
        assertThat(read(Map.of(), both.toArray(String[]::new)))
                .isEqualTo(new TracingConfig(TracingConfig.Mode.TRITON,
                        new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), 5, 6, 7), "/new",
                        OpenTelemetryConfig.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"level=ALL", "rate=-1", "rate=x", "count=-2", "mode=zipkin", "jaeger,url=x", "unknown=1",
            "triton,url=x", "opentelemetry,file=x", "opentelemetry,resource=x", "opentelemetry,url=ftp://x",
            "opentelemetry,bsp_max_queue_size=0", "opentelemetry,bsp_max_export_batch_size=5000"})
    void read_settingThatCannotBe_isRefused(String setting) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> read(Map.of(), "--trace-config=" + setting))
                .withMessageStartingWith("--trace-config=");
    }

    private static TracingConfig read(Map<String, String> environment, String... arguments) throws UsageException {
        return TraceFlags.read(CommandLineParser.parse(List.of(arguments)), environment);
    }
}
