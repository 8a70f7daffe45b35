package io.nereid.server.tracing;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import static io.nereid.server.tracing.TraceSettingsUpdate.COUNT;
import static io.nereid.server.tracing.TraceSettingsUpdate.LEVEL;
import static io.nereid.server.tracing.TraceSettingsUpdate.LOG_FREQUENCY;
import static io.nereid.server.tracing.TraceSettingsUpdate.NONE;
import static io.nereid.server.tracing.TraceSettingsUpdate.RATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TracingTest {
    private static final TraceSettings START = new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), 10, 100, 5);
    private static final String TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    private final Sink sink = new Sink();
    private final Tracing tracing = new Tracing(config(TracingConfig.Mode.TRITON, START), sink);

    private static final class Sink implements TraceSink {
        final List<TraceSampler> retired = new ArrayList<>();

        @Override
        public void accept(Trace trace) {
            throw new AssertionError("no trace ends here");
        }

        @Override
        public void retired(TraceSampler sampler) {
            retired.add(sampler);
        }

        @Override
        public void close() {
            // nothing to close
        }
    }

    private static TracingConfig config(TracingConfig.Mode mode, TraceSettings settings) {
        return new TracingConfig(mode, settings, "traces", OpenTelemetryConfig.DEFAULT);
    }

    /** Steps are {@code scope:rate}, {@code -} for to clear it; then what the server and two models have. */
    @ParameterizedTest
    @CsvSource({"'',10,10,10", "global:7,7,7,7", "a:3,10,3,10", "global:7 a:3,7,3,7", "a:3 global:7,7,3,7",
            "a:3 global:7 a:-,7,7,7", "a:3 global:7 global:-,10,3,10", "a:3 b:4 global:7 global:- a:-,10,10,4",
            "global:7 a:-,7,7,7", "a:3 a:4,10,4,10"})
    void update_rate_modelFallsBackToGlobalAndGlobalToTheStart(String steps, long global, long a, long b)
            throws InferenceException {
        for (String step : steps.isEmpty() ? new String[0] : steps.split(" ", -1)) {
            String[] parts = step.split(":", -1);
            String scope = parts[0].equals("global") ? Tracing.GLOBAL : parts[0];
            tracing.update(scope, parts[1].equals("-") ? NONE.clear(RATE) : NONE.with(RATE, parts[1]));
        }
        assertThat(List.of(tracing.settings(Tracing.GLOBAL).rate(), tracing.settings("a").rate(),
                tracing.settings("b").rate())).containsExactly(global, a, b);
    }

    @Test
    void update_noTraceWouldBeKept_isRefusedAndChangesNothing() throws InferenceException {
        Tracing nowhere = new Tracing(new TracingConfig(TracingConfig.Mode.TRITON, START, "",
                OpenTelemetryConfig.DEFAULT), TraceSink.NONE);
        for (String scope : List.of(Tracing.GLOBAL, "a")) {
            assertThatThrownBy(() -> nowhere.update(scope, NONE.withLevels(List.of("TIMESTAMPS"))))
                    .hasMessageStartingWith("Attempting to set invalid trace setting :trace file name is not given");
            assertThatThrownBy(() -> tracing.update(scope, NONE.with(RATE, "0")))
                    .hasMessageStartingWith("Attempting to set invalid trace setting :sample rate must be non-zero");
            assertThat(tracing.settings(scope).rate()).isEqualTo(10);
        }
        nowhere.update("a", NONE.withLevels(List.of("OFF")));
        nowhere.update("a", NONE.clear(LEVEL));
        assertThat(nowhere.settings("a").levels()).isNotEmpty();
    }

    @Test
    void begin_withoutAPlaceForTraces_countsAndKeepsNothing() throws InferenceException {
        Tracing nowhere = new Tracing(config(TracingConfig.Mode.TRITON, START), TraceSink.NONE);
        nowhere.update(Tracing.GLOBAL, NONE.with(RATE, "1").withLevels(List.of("TENSORS")));
        for (int i = 0; i < 3; i++) {
            assertThat(nowhere.begin("m", _ -> null)).isNull();
        }
        assertThat(nowhere.settings(Tracing.GLOBAL).count()).isEqualTo(97);
    }

    @Test
    void update_oneSetting_theOthersStillFollow() throws InferenceException {
        tracing.update("a", NONE.withLevels(List.of("TENSORS")));
        tracing.update(Tracing.GLOBAL, NONE.with(RATE, "7").with(LOG_FREQUENCY, "9"));
        assertThat(tracing.settings("a")).isEqualTo(new TraceSettings(Set.of(TraceLevel.TENSORS), 7, 100, 9));
        tracing.update("a", NONE.clear(LEVEL));
        assertThat(tracing.settings("a")).isEqualTo(tracing.settings(Tracing.GLOBAL));
    }

    @Test
    void update_count_othersUpdatesDoNotGiveItBack() throws InferenceException {
        tracing.update(Tracing.GLOBAL, NONE.with(RATE, "1").with(COUNT, "5"));
        assertThat(chosen("x", 2)).isEqualTo(2);
        tracing.update(Tracing.GLOBAL, NONE.with(LOG_FREQUENCY, "1"));
        assertThat(tracing.settings(Tracing.GLOBAL).count()).isEqualTo(3);
        tracing.update("a", NONE.with(COUNT, "2"));
        assertThat(chosen("a", 1)).isEqualTo(1);
        tracing.update(Tracing.GLOBAL, NONE.with(COUNT, "50"));
        assertThat(tracing.settings("a").count()).isEqualTo(1);
        assertThat(chosen("a", 10)).isEqualTo(1);
        assertThat(tracing.settings("x").count()).isEqualTo(50);
        tracing.update(Tracing.GLOBAL, NONE.clear(COUNT));
        assertThat(tracing.settings(Tracing.GLOBAL).count()).isEqualTo(100);
    }

    @Test
    void update_replacedSamplers_areRetired() throws InferenceException {
        tracing.update("a", NONE.with(RATE, "1"));
        assertThat(sink.retired).isEmpty();
        tracing.update(Tracing.GLOBAL, NONE.with(RATE, "2"));
        assertThat(sink.retired).hasSize(2).allMatch(TraceSampler::isRetired);
        tracing.update("a", NONE.clear(RATE));
        assertThat(sink.retired).hasSize(3);
    }

    @Test
    void isOn_levelsOffEverywhere_isFalse() throws InferenceException {
        assertThat(tracing.isOn()).isTrue();
        tracing.update(Tracing.GLOBAL, NONE.withLevels(List.of("OFF")));
        assertThat(tracing.isOn()).isFalse();
        tracing.update("a", NONE.withLevels(List.of("TIMESTAMPS", "UNKNOWN")));
        assertThat(tracing.isOn()).isTrue();
        assertThat(tracing.begin("b", _ -> null)).isNull();
    }

    @Test
    void begin_clientsTrace_isChosenInModeOpenTelemetryOnly() {
        TraceSettings none = new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), 0, -1, 0);
        Tracing exported = new Tracing(config(TracingConfig.Mode.OPENTELEMETRY, none), sink);
        Tracing written = new Tracing(config(TracingConfig.Mode.TRITON, none), sink);
        Map<String, String> headers = Map.of("traceparent", TRACEPARENT, "tracestate", "a=b");
        assertThat(written.begin("m", headers::get)).isNull();
        assertThat(exported.begin("m", _ -> null)).isNull();
        TraceStart start = Objects.requireNonNull(exported.begin("m", headers::get));
        assertThat(start.context()).isEqualTo(new TraceContext(TRACEPARENT, "a=b"));
        assertThat(start.id()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,true",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more,true",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,false",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01,false",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01,false",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01,false", "rubbish,false"})
    void context_traceparent_onlyWellFormedOnesCount(String header, boolean good) {
        assertThat(TraceContext.of(header, null) != null).isEqualTo(good);
    }

    @Test
    void shown_bothModes_hasTritonsOrder() throws InferenceException {
        tracing.update("a", NONE.withLevels(List.of("TENSORS", "TIMESTAMPS")));
        assertThat(tracing.shown("a")).hasToString("{trace_level=[TIMESTAMPS, TENSORS], trace_rate=[10],"
                + " trace_count=[100], log_frequency=[5], trace_file=[traces], trace_mode=[triton]}");
        Tracing exported = new Tracing(config(TracingConfig.Mode.OPENTELEMETRY, TraceSettings.DEFAULT), sink);
        assertThat(exported.shown("")).hasToString("{trace_level=[OFF], trace_rate=[1000], trace_count=[-1],"
                + " trace_mode=[opentelemetry], url=[http://localhost:4318/v1/traces],"
                + " resource=[service.name=triton-inference-server], bsp_max_queue_size=[2048],"
                + " bsp_schedule_delay=[5000], bsp_max_export_batch_size=[512]}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"trace_rate|x|Unable to parse 'trace_rate', got: x",
            "trace_rate|4294967296|Unable to parse 'trace_rate', value is out of range [ 0, 4294967295 ], got: 4294967296",
            "trace_count|-2|Unable to parse 'trace_count'. Expecting value >= -1, got:-2",
            "trace_count|1.5|Unable to parse 'trace_count', got: 1.5",
            "log_frequency|99999999999999999999|Unable to parse 'log_frequency', value is out of range"
                    + " [ 0, 2147483647 ], got: 99999999999999999999"})
    void with_numberThatCannotBe_saysWhy(String name, String text, String message) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> NONE.with(name, text))
                .withMessage(message);
    }

    @Test
    void withLevels_offAndAnother_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> NONE.withLevels(List.of("OFF", "TIMESTAMPS")))
                .withMessage("Expect only one trace level 'OFF' is specified");
    }

    private int chosen(String model, int requests) {
        int chosen = 0;
        for (int i = 0; i < requests; i++) {
            chosen += tracing.begin(model, _ -> null) == null ? 0 : 1;
        }
        return chosen;
    }
}
