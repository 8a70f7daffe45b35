package io.nereid.server.tracing;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;
import java.util.Map;

/** The flags of traces. Makes the {@link TracingConfig} of them. */
public final class TraceFlags {
    private static final int ANY = Integer.MAX_VALUE;

    /** What is traced; Triton once had more words for it. */
    private static final ValueType<String> LEVEL = ValueType.orWords(ValueType.choice("OFF", "TIMESTAMPS", "TENSORS"),
            Map.of("false", "OFF", "true", "TIMESTAMPS", "on", "TIMESTAMPS", "min", "TIMESTAMPS", "max", "TIMESTAMPS"));

    public static final Flag<String> TRACE_CONFIG = Flag.of(FlagGroup.TRACE, "trace-config",
            ValueType.matching("[<mode>,]<key>=<value>", "[MODE,]KEY=VALUE", "([^,=]+,)?[^=]+=.*"), "",
            "level, rate, count or mode of tracing; of mode triton: file, log-frequency; of mode opentelemetry: url,"
                    + " resource, bsp_max_queue_size, bsp_schedule_delay, bsp_max_export_batch_size.")
            .repeated();
    public static final Flag<String> TRACE_FILE = Flag.of(FlagGroup.TRACE, "trace-file", ValueType.TEXT, "",
            "Deprecated: file to write to.");
    public static final Flag<String> TRACE_LEVEL = Flag.of(FlagGroup.TRACE, "trace-level", LEVEL, "OFF",
            "Deprecated: what is recorded.").repeated();
    public static final Flag<Long> TRACE_RATE = Flag.of(FlagGroup.TRACE, "trace-rate",
            ValueType.number(0, 0xffff_ffffL), "1000",
            "Deprecated: record one request of this many.");
    public static final Flag<Integer> TRACE_COUNT = Flag.of(FlagGroup.TRACE, "trace-count", ValueType.integer(-1, ANY),
            "-1",
            "Deprecated: how many requests are recorded.");
    public static final Flag<Integer> TRACE_LOG_FREQUENCY = Flag.of(FlagGroup.TRACE, "trace-log-frequency",
            ValueType.integer(0, ANY), "0",
            "Deprecated: records in a file.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(TRACE_CONFIG, TRACE_FILE, TRACE_LEVEL, TRACE_RATE, TRACE_COUNT,
            TRACE_LOG_FREQUENCY);

    private TraceFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @param environment the process's
     * @throws UsageException where a setting makes no sense
     */
    public static TracingConfig read(FlagValues flags, Map<String, String> environment) throws UsageException {
        return new TraceFlagsReader(flags, environment).read();
    }
}
