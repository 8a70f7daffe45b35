package io.nereid.perf.report;

import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.measure.Result;
import io.nereid.perf.statistics.Durations;
import io.nereid.perf.statistics.ModelStatistics;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The report in the terminal: each level when it was measured, then all of them in a table. */
public final class TextReport {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final String NOTHING = "-";

    private final List<Double> percentiles;

    /** Shows the usual percentiles and, if there is one, that of {@code --percentile}. */
    public TextReport(OptionalDouble percentile) {
        this.percentiles = Percentiles.with(percentile);
    }

    /** A paragraph on one level: the client's figures, the server's, those of models that it calls, and warnings. */
    public String level(MeasuredLevel level) {
        Result result = level.result();
        StringBuilder text = new StringBuilder();
        line(text, 0, level.kind() + ": " + level.figure() + (level.isClosedLoop() ? "" : " requests/s"));
        line(text, 1, "Client:");
        line(text, 2,
                "Requests:    " + Numbers.count(result.requests()) + " in " + Numbers.rate(result.seconds()) + " s"
                        + errors(result));
        if (result.errors() > 0) {
            line(text, 2, "Failed:      " + failed(result.sample().failures()));
        }
        if (result.sample().responses() != result.requests()) {
            line(text, 2, "Responses:   " + Numbers.count(result.sample().responses()));
        }
        if (result.requests() > 0) {
            answered(text, level);
        }
        server(text, level);
        warnings(text, level);
        return text.toString();
    }

    private void answered(StringBuilder text, MeasuredLevel level) {
        Result result = level.result();
        line(text, 2, "Throughput:  " + Numbers.rate(result.inferencesPerSecond()) + " inferences/s");
        line(text, 2, "Latency:     mean " + Numbers.millis(result.latencies().meanNanos()) + " ms (standard deviation "
                + Numbers.millis(result.latencies().standardDeviationNanos()) + ")");
        line(text, 2, "             " + percentiles(result.latencies()) + " ms");
        AnswersByClient clients = result.sample().answersByClient();
        if (level.isClosedLoop() && clients.clients() > 1) {
            line(text, 2, "Clients:     " + clients.clients() + ", each with " + Numbers.count(clients.fewest())
                    + " to " + Numbers.count(clients.most()) + " of the requests");
        }
        if (result.clientProcessorMicros() > 0) {
            line(text, 2,
                    "Processor:   " + Numbers.rate(result.clientProcessorMicros()) + " us of this client per request");
        }
    }

    private static String errors(Result result) {
        return result.errors() == 0 ? ""
                : ", and " + Numbers.count(result.errors()) + " failed (" + Numbers.percent(result.errorRate()) + ")";
    }

    private static String failed(Failures failures) {
        List<String> kinds = new ArrayList<>();
        failures.byKind().forEach((kind, count) -> kinds.add(printable(kind) + " " + Numbers.count(count)));
        return String.join(", ", kinds);
    }

    private String percentiles(Latencies latencies) {
        StringBuilder text = new StringBuilder();
        for (double percent : percentiles) {
            text.append(text.isEmpty() ? "" : ", ").append(Numbers.percentile(percent)).append(' ')
                    .append(Numbers.millis((double) latencies.percentileNanos(percent)));
        }
        return text.toString();
    }

    private static void server(StringBuilder text, MeasuredLevel level) {
        if (!level.server().isKnown()) {
            line(text, 1, "Server: no figures: " + printable(level.server().missing()));
            return;
        }
        level.measuredModel().ifPresent(model -> {
            line(text, 1, "Server:");
            model(text, model);
        });
        level.server().models().stream().skip(1).forEach(model -> {
            line(text, 1, "Composing model " + printable(model.model()) + ":");
            model(text, model);
        });
    }

    private static void model(StringBuilder text, ModelStatistics model) {
        line(text, 2, "Inferences:  " + Numbers.count(model.inferences()) + " in " + Numbers.count(model.executions())
                + " executions (mean batch " + Numbers.rate(model.meanBatchSize()) + ")"
                + (model.fail().count() == 0 ? "" : ", " + Numbers.count(model.fail().count()) + " requests failed"));
        if (model.cacheHit().count() + model.cacheMiss().count() > 0) {
            line(text, 2, "Cache:       " + Numbers.count(model.cacheHit().count()) + " hits (mean "
                    + micros(model.cacheHit()) + " us), " + Numbers.count(model.cacheMiss().count()) + " misses");
        }
        if (model.success().count() == 0) {
            return;
        }
        line(text, 2, "Request:     mean " + Numbers.millis(model.success().meanNanos()) + " ms (queue "
                + Numbers.millis(model.nanosPerRequest(model.queue())) + ", compute input "
                + Numbers.millis(model.nanosPerRequest(model.computeInput())) + ", infer "
                + Numbers.millis(model.nanosPerRequest(model.computeInfer())) + ", output "
                + Numbers.millis(model.nanosPerRequest(model.computeOutput())) + ")");
    }

    private static String micros(Durations durations) {
        return Numbers.rate(durations.meanNanos() / NANOS_PER_MICRO);
    }

    private static void warnings(StringBuilder text, MeasuredLevel level) {
        Result result = level.result();
        if (!result.stable()) {
            line(text, 1, "Warning: the last windows differed by more than the stability percentage.");
        }
        if (result.sample().late() > 0) {
            line(text, 1,
                    "Warning: " + Numbers.count(result.sample().late())
                            + " requests were sent late: this client did not "
                            + "keep up. Their latency counts from the moment at which they were due.");
        }
        for (String error : result.sample().errorTexts()) {
            line(text, 1, "Error: " + printable(error));
        }
    }

    /** All levels, one a line. */
    public String summary(List<MeasuredLevel> levels) {
        TextTable table = new TextTable(heads(levels));
        for (MeasuredLevel level : levels) {
            table.add(row(level));
        }
        return "Latencies and times in ms\n" + table;
    }

    private List<String> heads(List<MeasuredLevel> levels) {
        List<String> heads = new ArrayList<>();
        heads.add(levels.stream().map(MeasuredLevel::kind).findFirst().orElse("Level"));
        heads.addAll(List.of("Inferences/s", "mean"));
        percentiles.forEach(percent -> heads.add(Numbers.percentile(percent)));
        heads.addAll(List.of("queue", "compute", "batch", "errors", "stable"));
        return heads;
    }

    private List<String> row(MeasuredLevel level) {
        Result result = level.result();
        List<String> row = new ArrayList<>(List.of(level.figure(), Numbers.rate(result.inferencesPerSecond()),
                latency(result, result.latencies().meanNanos())));
        percentiles.forEach(percent -> row.add(latency(result, (double) result.latencies().percentileNanos(percent))));
        row.addAll(level.measuredModel().filter(model -> model.success().count() > 0)
                .map(model -> List.of(Numbers.millis(model.nanosPerRequest(model.queue())),
                        Numbers.millis(MeasuredLevel.computeNanos(model)), Numbers.rate(model.meanBatchSize())))
                .orElse(List.of(NOTHING, NOTHING, NOTHING)));
        row.addAll(List.of(Numbers.count(result.errors()), result.stable() ? "yes" : "no"));
        return row;
    }

    private static String latency(Result result, double nanos) {
        return result.requests() == 0 ? NOTHING : Numbers.millis(nanos);
    }

    private static void line(StringBuilder text, int depth, String line) {
        text.repeat("  ", depth).append(line).append('\n');
    }

    /** A text of the server without what would move a terminal's cursor or change its colours. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u0080-\\u009f]+", " ");
    }
}
