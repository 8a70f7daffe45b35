package io.nereid.server.cli;

import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.LatencySettings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads the flags of the metrics. */
final class MetricsFlags {
    private static final String FORM = "counter_latencies, summary_latencies, histogram_latencies or own_histograms with true"
            + " or false, or summary_quantiles with pairs QUANTILE:ERROR, such as 0.5:0.05,0.99:0.001";

    private final FlagValues flags;

    MetricsFlags(FlagValues flags) {
        this.flags = flags;
    }

    /**
     * The metrics.
     *
     * @param httpAddress where they are served unless a flag says otherwise
     */
    MetricsConfig read(String httpAddress) throws UsageException {
        String address = flags.isGiven(Flags.METRICS_ADDRESS) ? flags.get(Flags.METRICS_ADDRESS) : httpAddress;
        return new MetricsConfig(flags.get(Flags.ALLOW_METRICS), address, flags.get(Flags.METRICS_PORT),
                flags.get(Flags.ALLOW_GPU_METRICS), flags.get(Flags.ALLOW_CPU_METRICS),
                Duration.ofMillis(flags.get(Flags.METRICS_INTERVAL_MS)), latencies());
    }

    private LatencySettings latencies() throws UsageException {
        LatencySettings latencies = LatencySettings.DEFAULT;
        for (String setting : flags.all(Flags.METRICS_CONFIG)) {
            latencies = with(latencies, setting);
        }
        return latencies;
    }

    private static LatencySettings with(LatencySettings before, String setting) throws UsageException {
        int equals = setting.indexOf('=');
        String value = setting.substring(equals + 1);
        return switch (setting.substring(0, equals)) {
            case "counter_latencies" -> new LatencySettings(bool(setting, value), before.summaries(),
                    before.histograms(), before.ownHistograms(), before.quantiles());
            case "summary_latencies" -> new LatencySettings(before.counters(), bool(setting, value),
                    before.histograms(), before.ownHistograms(), before.quantiles());
            case "histogram_latencies" -> new LatencySettings(before.counters(), before.summaries(),
                    bool(setting, value), before.ownHistograms(), before.quantiles());
            case "own_histograms" -> new LatencySettings(before.counters(), before.summaries(),
                    before.histograms(), bool(setting, value), before.quantiles());
            case "summary_quantiles" -> new LatencySettings(before.counters(), before.summaries(),
                    before.histograms(), before.ownHistograms(), quantiles(setting, value));
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
