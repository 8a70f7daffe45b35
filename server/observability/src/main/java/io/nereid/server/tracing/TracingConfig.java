package io.nereid.server.tracing;

import java.util.Objects;

/**
 * Which requests are traced at the start, and where traces go.
 *
 * @param mode where traces go
 * @param settings which requests are traced, until a client changes that
 * @param file in mode {@link Mode#TRITON} the file to write to; empty for none
 * @param openTelemetry what holds in mode {@link Mode#OPENTELEMETRY}
 */
public record TracingConfig(Mode mode, TraceSettings settings, String file, OpenTelemetryConfig openTelemetry) {
    /** Where traces go. */
    public enum Mode {
        /** To a file, in Triton's form. */
        TRITON("triton"),
        /** To an OpenTelemetry collector. */
        OPENTELEMETRY("opentelemetry");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        /** Its name in flags and protocols. */
        public String word() {
            return word;
        }
    }

    /** Nothing is traced. */
    public static final TracingConfig DEFAULT = new TracingConfig(Mode.TRITON, TraceSettings.DEFAULT, "",
            OpenTelemetryConfig.DEFAULT);

    public TracingConfig {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(settings, "settings");
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(openTelemetry, "openTelemetry");
    }
}
