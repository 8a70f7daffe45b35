package io.nereid.perf.report;

import io.nereid.perf.measure.Result;
import io.nereid.perf.statistics.ModelStatistics;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The levels as comma-separated values in perf_analyzer's columns, times in whole microseconds. The client's own sending
 * and receiving is not told from the network: their columns are 0, and {@code Network+Server Send/Recv} is the mean
 * latency without the server's queue and computing.
 */
public final class CsvReport {
    private static final double NANOS_PER_MICRO = 1e3;

    private CsvReport() {}

    /** The file's text. */
    public static String of(List<MeasuredLevel> levels, OptionalDouble percentile) {
        List<Double> percentiles = Percentiles.with(percentile);
        StringBuilder csv = new StringBuilder();
        line(csv, heads(levels, percentiles));
        levels.forEach(level -> line(csv, row(level, percentiles)));
        return csv.toString();
    }

    private static List<String> heads(List<MeasuredLevel> levels, List<Double> percentiles) {
        boolean closed = levels.stream().findFirst().map(MeasuredLevel::isClosedLoop).orElse(true);
        List<String> heads = new ArrayList<>(List.of(closed ? "Concurrency" : "Request Rate", "Inferences/Second",
                "Client Send", "Network+Server Send/Recv", "Server Queue", "Server Compute Input",
                "Server Compute Infer", "Server Compute Output", "Client Recv"));
        percentiles.forEach(percent -> heads.add(Numbers.percentile(percent) + " latency"));
        return heads;
    }

    private static List<String> row(MeasuredLevel level, List<Double> percentiles) {
        Result result = level.result();
        List<String> row = new ArrayList<>(List.of(level.figure(),
                sixDigits(result.inferencesPerSecond()), "0", micros(level.otherNanos())));
        level.measuredModel().ifPresentOrElse(model -> row.addAll(times(model)),
                () -> row.addAll(List.of("0", "0", "0", "0")));
        row.add("0");
        percentiles.forEach(percent -> row.add(micros((double) result.latencies().percentileNanos(percent))));
        return row;
    }

    private static List<String> times(ModelStatistics model) {
        return List.of(micros(model.nanosPerRequest(model.queue())),
                micros(model.nanosPerRequest(model.computeInput())),
                micros(model.nanosPerRequest(model.computeInfer())),
                micros(model.nanosPerRequest(model.computeOutput())));
    }

    private static String sixDigits(double value) {
        return Double.isFinite(value) ? BigDecimal.valueOf(value).round(new MathContext(6)).stripTrailingZeros()
                .toPlainString() : "0";
    }

    private static String micros(double nanos) {
        return Long.toString(Math.round(nanos / NANOS_PER_MICRO));
    }

    private static void line(StringBuilder csv, List<String> cells) {
        csv.append(String.join(",", cells)).append('\n');
    }
}
