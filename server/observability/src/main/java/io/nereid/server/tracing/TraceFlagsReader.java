package io.nereid.server.tracing;

import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code --trace-config} and the older flags that it has taken the place of: a setting that both give is the
 * former's. What is not given there is taken from OpenTelemetry's environment variables.
 */
final class TraceFlagsReader {
    private static final String MODES = "triton or opentelemetry";

    private final FlagValues flags;
    private final Map<String, String> environment;

    // What has been read.

    private TracingConfig.Mode mode = TracingConfig.Mode.TRITON;
    private final Set<TraceLevel> levels = EnumSet.noneOf(TraceLevel.class);
    private boolean levelGiven;
    private long rate = TraceSettings.DEFAULT.rate();
    private int count = TraceSettings.DEFAULT.count();
    private int logFrequency = TraceSettings.DEFAULT.logFrequency();
    private String file = "";
    private OpenTelemetryConfig openTelemetry = OpenTelemetryConfig.DEFAULT;
    private int queueSize = openTelemetry.maxQueueSize();
    private long delayMillis = openTelemetry.scheduleDelay().toMillis();
    private int batchSize = openTelemetry.maxExportBatchSize();

    /** @param environment the process's */
    TraceFlagsReader(FlagValues flags, Map<String, String> environment) {
        this.flags = flags;
        this.environment = environment;
    }

    TracingConfig read() throws UsageException {
        readOlder();
        readEnvironment();
        for (String setting : flags.all(TraceFlags.TRACE_CONFIG)) {
            read(setting);
        }
        OpenTelemetryConfig exported;
        try {
            exported = new OpenTelemetryConfig(openTelemetry.url(), openTelemetry.resource(), queueSize,
                    Duration.ofMillis(delayMillis), batchSize);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--trace-config=opentelemetry,...: " + e.getMessage());
        }
        return new TracingConfig(mode, new TraceSettings(levels, rate, count, logFrequency), file, exported);
    }

    private void readOlder() throws UsageException {
        for (String level : flags.all(TraceFlags.TRACE_LEVEL)) {
            level("--trace-level=" + level, level);
        }
        levelGiven = false;
        file = flags.get(TraceFlags.TRACE_FILE);
        rate = flags.get(TraceFlags.TRACE_RATE);
        count = flags.get(TraceFlags.TRACE_COUNT);
        logFrequency = flags.get(TraceFlags.TRACE_LOG_FREQUENCY);
    }

    private void readEnvironment() throws UsageException {
        queueSize = (int) fromEnvironment("OTEL_BSP_MAX_QUEUE_SIZE", queueSize);
        delayMillis = fromEnvironment("OTEL_BSP_SCHEDULE_DELAY", delayMillis);
        batchSize = (int) fromEnvironment("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batchSize);
    }

    private long fromEnvironment(String name, long byDefault) throws UsageException {
        String value = environment.get(name);
        return value == null || value.isBlank() ? byDefault
                : number("environment variable " + name, value.strip(), 1, Integer.MAX_VALUE);
    }

    private void read(String setting) throws UsageException {
        int equals = setting.indexOf('=');
        int comma = setting.lastIndexOf(',', equals);
        String shown = TraceFlags.TRACE_CONFIG.option() + "=" + setting.substring(0, equals);
        String key = setting.substring(comma + 1, equals);
        String value = setting.substring(equals + 1);
        switch (comma < 0 ? "" : setting.substring(0, comma).toLowerCase(Locale.ROOT)) {
            case "" -> readGlobal(shown, key, value);
            case "triton" -> readTriton(shown, key, value);
            case "opentelemetry" -> readOpenTelemetry(shown, key, value);
            default -> throw new UsageException("%s: unknown mode '%s' (expected %s)".formatted(shown,
                    setting.substring(0, comma), MODES));
        }
    }

    private void readGlobal(String shown, String key, String value) throws UsageException {
        switch (key) {
            case "level" -> level(shown, value);
            case "rate" -> rate = number(shown, value, 0, 0xffff_ffffL);
            case "count" -> count = (int) number(shown, value, TraceSettings.UNLIMITED, Integer.MAX_VALUE);
            case "mode" -> mode = mode(shown, value);
            default -> throw unknown(shown, key, "level, rate, count, mode, or <mode>,<key>");
        }
    }

    private void readTriton(String shown, String key, String value) throws UsageException {
        switch (key) {
            case "file" -> file = value;
            case "log-frequency" -> logFrequency = (int) number(shown, value, 0, Integer.MAX_VALUE);
            default -> throw unknown(shown, key, "file or log-frequency");
        }
    }

    private void readOpenTelemetry(String shown, String key, String value) throws UsageException {
        switch (key) {
            case "url" -> openTelemetry = withUrl(shown, value);
            case "resource" -> addResource(shown, value);
            case "bsp_max_queue_size" -> queueSize = (int) number(shown, value, 1, Integer.MAX_VALUE);
            case "bsp_schedule_delay" -> delayMillis = number(shown, value, 1, Integer.MAX_VALUE);
            case "bsp_max_export_batch_size" -> batchSize = (int) number(shown, value, 1, Integer.MAX_VALUE);
            default -> throw unknown(shown, key, "url, resource, bsp_max_queue_size, bsp_schedule_delay or"
                    + " bsp_max_export_batch_size");
        }
    }

    private OpenTelemetryConfig withUrl(String shown, String url) throws UsageException {
        String whole = url.contains("://") ? url : "http://" + url;
        try {
            return new OpenTelemetryConfig(whole, openTelemetry.resource(), openTelemetry.maxQueueSize(),
                    openTelemetry.scheduleDelay(), openTelemetry.maxExportBatchSize());
        } catch (IllegalArgumentException e) {
            throw new UsageException(shown + ": " + e.getMessage());
        }
    }

    private void addResource(String shown, String value) throws UsageException {
        int equals = value.indexOf('=');
        if (equals < 1) {
            throw new UsageException("%s: got '%s' (expected <key>=<value>)".formatted(shown, value));
        }
        openTelemetry = openTelemetry.withResource(value.substring(0, equals), value.substring(equals + 1));
    }

    /** Each adds to what the flag has said before; the first of the newer flag replaces the older one's. */
    private void level(String shown, String value) throws UsageException {
        if (!levelGiven) {
            levels.clear();
            levelGiven = true;
        }
        String level = TraceFlags.TRACE_LEVEL.type().reader().apply(value);
        if (level == null) {
            throw new UsageException("%s: got '%s' (expected %s)".formatted(shown, value,
                    TraceFlags.TRACE_LEVEL.type().expected()));
        }
        if (level.equals(TraceLevel.OFF)) {
            levels.clear();
        } else {
            levels.add(TraceLevel.valueOf(level));
        }
    }

    private static TracingConfig.Mode mode(String shown, String value) throws UsageException {
        for (TracingConfig.Mode mode : TracingConfig.Mode.values()) {
            if (mode.word().equalsIgnoreCase(value)) {
                return mode;
            }
        }
        throw new UsageException("%s: got '%s' (expected %s)".formatted(shown, value, MODES));
    }

    private static long number(String shown, String value, long least, long most) throws UsageException {
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // the error below
        }
        throw new UsageException("%s: got '%s' (expected a whole number from %d to %d)".formatted(shown, value, least,
                most));
    }

    private static UsageException unknown(String shown, String key, String expected) {
        return new UsageException("%s: unknown key '%s' (expected %s)".formatted(shown, key, expected));
    }
}
