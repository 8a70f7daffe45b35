package io.nereid.perf.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.measure.Result;
import io.nereid.perf.measure.Slice;
import io.nereid.perf.statistics.BatchDurations;
import io.nereid.perf.statistics.ModelStatistics;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The run as the page's script reads it: JSON that holds no character that HTML could read. Not thread-safe. */
final class PageData {
    private static final double ALL = 100;

    private final JsonGenerator json;

    private PageData(JsonGenerator json) {
        this.json = json;
    }

    static String of(MeasuredRun run) {
        Writer text = new StringWriter();
        try (JsonGenerator json = JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build()
                .createGenerator(text)) {
            new PageData(json).run(run);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem); // a writer of a string has none
        }
        return text.toString().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
    }

    private void run(MeasuredRun run) throws IOException {
        json.writeStartObject();
        json.writeStringField("model", run.model());
        json.writeStringField("server", run.server());
        json.writeStringField("url", run.url());
        json.writeStringField("command", run.commandLine());
        json.writeStringField("machine", run.machine());
        json.writeStringField("started", run.started().toString());
        json.writeStringField("kind", run.levels().stream().findFirst().map(MeasuredLevel::kind).orElse(""));
        json.writeArrayFieldStart("levels");
        for (MeasuredLevel level : run.levels()) {
            level(level);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void level(MeasuredLevel level) throws IOException {
        Result result = level.result();
        json.writeStartObject();
        json.writeStringField("figure", level.figure());
        json.writeBooleanField("closed_loop", level.isClosedLoop());
        json.writeStringField("protocol", result.level().protocol().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        json.writeStringField("shared_memory", result.level().sharedMemory().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("batch_size", result.batchSize());
        json.writeNumberField("seconds", result.seconds());
        json.writeNumberField("requests", result.requests());
        json.writeNumberField("responses", result.sample().responses());
        json.writeNumberField("per_second", finite(result.inferencesPerSecond()));
        json.writeNumberField("errors", result.errors());
        failures(result.sample().failures());
        texts("error_texts", result.sample().errorTexts());
        json.writeNumberField("late", result.sample().late());
        json.writeBooleanField("stable", result.stable());
        json.writeNumberField("client_us", finite(result.clientProcessorMicros()));
        latencies(result.latencies());
        course(result.course());
        server(level);
        json.writeEndObject();
    }

    private void failures(Failures failures) throws IOException {
        json.writeArrayFieldStart("failures");
        for (Map.Entry<String, Long> kind : failures.byKind().entrySet()) {
            json.writeStartObject();
            json.writeStringField("kind", kind.getKey());
            json.writeNumberField("count", kind.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void latencies(Latencies latencies) throws IOException {
        json.writeNumberField("mean_ns", latencies.meanNanos());
        json.writeNumberField("deviation_ns", latencies.standardDeviationNanos());
        json.writeArrayFieldStart("percentiles");
        for (double percent : Percentiles.USUAL) {
            pair(percent, latencies);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("curve");
        for (double percent : Percentiles.CURVE) {
            if (latencies.count() * (ALL - percent) >= ALL) {
                pair(percent, latencies);
            }
        }
        json.writeEndArray();
        json.writeNumberField("most_ns", latencies.count() == 0 ? 0 : latencies.percentileNanos(ALL));
    }

    private void pair(double percent, Latencies latencies) throws IOException {
        json.writeStartArray();
        json.writeNumber(percent);
        json.writeNumber(latencies.percentileNanos(percent));
        json.writeEndArray();
    }

    private void course(List<Slice> course) throws IOException {
        json.writeArrayFieldStart("course");
        for (Slice slice : course) {
            json.writeStartObject();
            json.writeNumberField("at", slice.startSeconds());
            json.writeNumberField("seconds", slice.seconds());
            json.writeNumberField("requests", slice.latencies().count());
            json.writeNumberField("errors", slice.errors());
            json.writeNumberField("p50_ns", slice.latencies().percentileNanos(50));
            json.writeNumberField("p99_ns", slice.latencies().percentileNanos(99));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void server(MeasuredLevel level) throws IOException {
        json.writeStringField("no_statistics", level.server().missing());
        json.writeNumberField("other_ns", level.otherNanos());
        json.writeArrayFieldStart("models");
        for (ModelStatistics model : level.server().models()) {
            json.writeStartObject();
            json.writeStringField("name", model.model());
            json.writeNumberField("inferences", model.inferences());
            json.writeNumberField("executions", model.executions());
            json.writeNumberField("requests", model.success().count());
            json.writeNumberField("failed", model.fail().count());
            json.writeNumberField("request_ns", model.success().meanNanos());
            json.writeNumberField("queue_ns", model.nanosPerRequest(model.queue()));
            json.writeNumberField("input_ns", model.nanosPerRequest(model.computeInput()));
            json.writeNumberField("infer_ns", model.nanosPerRequest(model.computeInfer()));
            json.writeNumberField("output_ns", model.nanosPerRequest(model.computeOutput()));
            json.writeNumberField("cache_hits", model.cacheHit().count());
            json.writeNumberField("cache_misses", model.cacheMiss().count());
            batches(model);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void batches(ModelStatistics model) throws IOException {
        json.writeArrayFieldStart("batches");
        for (Map.Entry<Long, BatchDurations> batch : model.batches().entrySet()) {
            json.writeStartArray();
            json.writeNumber(batch.getKey());
            json.writeNumber(batch.getValue().computeInfer().count());
            json.writeNumber(batch.getValue().computeInfer().meanNanos());
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private void texts(String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }
}
