package io.nereid.server.metrics;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;
import io.nereid.server.model.config.LatencySettings;

import java.util.ArrayList;
import java.util.List;

/** The flags of the metrics. Makes the {@link MetricsConfig} of them. */
public final class MetricsFlags {
    private static final int ANY = Integer.MAX_VALUE;

    private static final String FORM = "counter_latencies, summary_latencies, histogram_latencies or own_histograms with"
            + " true or false, or summary_quantiles with pairs QUANTILE:ERROR, such as 0.5:0.05,0.99:0.001";

    public static final Flag<Boolean> ALLOW_METRICS = Flag.of(FlagGroup.METRICS, "allow-metrics", ValueType.BOOL,
            "true",
            "Serve Prometheus metrics.");
    public static final Flag<Boolean> ALLOW_GPU_METRICS = Flag.of(FlagGroup.METRICS, "allow-gpu-metrics",
            ValueType.BOOL, "true",
            "Measure the GPUs.");
    public static final Flag<Boolean> ALLOW_CPU_METRICS = Flag.of(FlagGroup.METRICS, "allow-cpu-metrics",
            ValueType.BOOL, "true",
            "Measure the machine's processors and memory.");
    public static final Flag<String> METRICS_ADDRESS = Flag.of(FlagGroup.METRICS, "metrics-address", ValueType.NAME, "",
            "Host name or IP address to listen on; HTTP's by default.");
    public static final Flag<Integer> METRICS_PORT = Flag.of(FlagGroup.METRICS, "metrics-port", ValueType.PORT,
            "" + MetricsConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    public static final Flag<Long> METRICS_INTERVAL_MS = Flag.of(FlagGroup.METRICS, "metrics-interval-ms",
            ValueType.number(1, ANY),
            "" + MetricsConfig.DEFAULT.interval().toMillis(),
            "Milliseconds before the machine is measured again, when somebody asks.");
    public static final Flag<String> METRICS_CONFIG = Flag
            .of(FlagGroup.METRICS, "metrics-config", ValueType.SETTING, "",
                    "counter_latencies, summary_latencies, histogram_latencies or own_histograms = true or false;"
                            + " summary_quantiles = QUANTILE:ERROR,... (the error has no effect).")
            .repeated();

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_METRICS, ALLOW_GPU_METRICS, ALLOW_CPU_METRICS,
            METRICS_ADDRESS, METRICS_PORT, METRICS_INTERVAL_MS, METRICS_CONFIG);

    private MetricsFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @param httpAddress where metrics are served unless a flag says otherwise
     * @throws UsageException where a setting makes no sense
     */
    public static MetricsConfig read(FlagValues flags, String httpAddress) throws UsageException {
        String address = flags.isGiven(METRICS_ADDRESS) ? flags.get(METRICS_ADDRESS) : httpAddress;
        return MetricsConfig.DEFAULT.withEnabled(flags.get(ALLOW_METRICS)).withAddress(address)
                .withPort(flags.get(METRICS_PORT)).withGpus(flags.get(ALLOW_GPU_METRICS))
                .withProcessors(flags.get(ALLOW_CPU_METRICS)).withInterval(flags.millis(METRICS_INTERVAL_MS))
                .withLatencies(latencies(flags));
    }

    private static LatencySettings latencies(FlagValues flags) throws UsageException {
        LatencySettings latencies = LatencySettings.DEFAULT;
        for (String setting : flags.all(METRICS_CONFIG)) {
            latencies = with(latencies, setting);
        }
        return latencies;
    }

    private static LatencySettings with(LatencySettings before, String setting) throws UsageException {
        int equals = setting.indexOf('=');
        String value = setting.substring(equals + 1);
        return switch (setting.substring(0, equals)) {
            case "counter_latencies" -> before.withCounters(bool(setting, value));
            case "summary_latencies" -> before.withSummaries(bool(setting, value));
            case "histogram_latencies" -> before.withHistograms(bool(setting, value));
            case "own_histograms" -> before.withOwnHistograms(bool(setting, value));
            case "summary_quantiles" -> before.withQuantiles(quantiles(setting, value));
            default -> throw wrong(setting);
        };
    }

    private static boolean bool(String setting, String text) throws UsageException {
        Boolean value = ValueType.BOOL.reader().apply(text);
        if (value == null) {
            throw wrong(setting);
        }
        return value;
    }

    /** The error that may be made is Triton's: here each is within 1.6 % of the value. */
    private static List<Double> quantiles(String setting, String text) throws UsageException {
        List<Double> quantiles = new ArrayList<>();
        for (String pair : text.split(",", -1)) {
            quantiles.add(quantile(setting, pair.split(":", -1)));
        }
        return quantiles;
    }

    private static double quantile(String setting, String[] pair) throws UsageException {
        try {
            double quantile = Double.parseDouble(pair[0]);
            double error = pair.length == 2 ? Double.parseDouble(pair[1]) : Double.NaN;
            if (quantile >= 0 && quantile <= 1 && error >= 0 && error <= 1) {
                return quantile;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(setting);
    }

    private static UsageException wrong(String setting) {
        return new UsageException("--metrics-config: got '%s' (expected %s)".formatted(setting, FORM));
    }
}
