package io.nereid.perf.cli;

import io.nereid.perf.measure.Result;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What the figures of every level must keep to. */
record Limits(OptionalDouble maxP50Millis, OptionalDouble maxP95Millis, OptionalDouble maxP99Millis,
        OptionalDouble maxErrorRate, OptionalDouble minThroughput) {
    private static final double NANOS_PER_MILLI = 1e6;

    static Limits parse(PerfArguments arguments) throws UsageException {
        return new Limits(arguments.decimal(PerfFlag.MAX_P50_MS, 0, Double.MAX_VALUE),
                arguments.decimal(PerfFlag.MAX_P95_MS, 0, Double.MAX_VALUE),
                arguments.decimal(PerfFlag.MAX_P99_MS, 0, Double.MAX_VALUE),
                arguments.decimal(PerfFlag.MAX_ERROR_RATE, 0, 1),
                arguments.decimal(PerfFlag.MIN_THROUGHPUT, 0, Double.MAX_VALUE));
    }

    /** What a level misses, each in a sentence. */
    List<String> missed(String level, Result result) {
        List<String> missed = new ArrayList<>();
        latency(missed, level, result, 50, maxP50Millis);
        latency(missed, level, result, 95, maxP95Millis);
        latency(missed, level, result, 99, maxP99Millis);
        if (maxErrorRate.isPresent() && result.errorRate() > maxErrorRate.getAsDouble()) {
            missed.add(sentence(level, "error rate", result.errorRate(), "at most", maxErrorRate.getAsDouble(), ""));
        }
        if (minThroughput.isPresent() && result.inferencesPerSecond() < minThroughput.getAsDouble()) {
            missed.add(sentence(level, "throughput", result.inferencesPerSecond(), "at least",
                    minThroughput.getAsDouble(), " inferences/s"));
        }
        return missed;
    }

    private static void latency(List<String> missed, String level, Result result, int percent, OptionalDouble limit) {
        if (limit.isEmpty()) {
            return;
        }
        if (result.requests() == 0) {
            missed.add(level + ": no request was answered, so there is no p" + percent);
            return;
        }
        double millis = result.latencies().percentileNanos(percent) / NANOS_PER_MILLI;
        if (millis > limit.getAsDouble()) {
            missed.add(sentence(level, "p" + percent, millis, "at most", limit.getAsDouble(), " ms"));
        }
    }

    private static String sentence(String level, String what, double got, String relation, double limit, String unit) {
        return String.format(Locale.ROOT, "%s: %s: got %.3f%s (expected %s %s%s)", level, what, got, unit, relation,
                new BigDecimal(Double.toString(limit)).stripTrailingZeros().toPlainString(), unit);
    }
}
