package io.nereid.perf.report;

import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.LoadLevel;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.Result;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.measure.Slice;
import io.nereid.perf.statistics.ServerStatistics;
import io.nereid.perf.statistics.StatisticsSnapshot;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** A run whose figures can be counted in the head: a thousand requests of 1 to 1000 microseconds in two seconds. */
final class SampleRun {
    static final String HTML = "</script><img src=x onerror=alert(1)>&\u2028";
    static final Latencies LATENCIES = Latencies.of(LongStream.rangeClosed(1, 1000).map(micros -> micros * 1000));

    private SampleRun() {}

    static Result result(Load load, List<String> errors) {
        Slice slice = new Slice(0, 1, LATENCIES, errors.size());
        return new Result(new LoadLevel(load, Protocol.HTTP, SharedMemory.NONE), 2, 2,
                new Sample(LATENCIES, 1000, Failures.broken(errors.size()), errors, errors.size(),
                        AnswersByClient.NONE),
                0.01,
                errors.isEmpty(), List.of(slice));
    }

    /** 1000 requests of two rows, each 10 us in the queue, 1 gathered, 100 computed, 2 written, four rows together. */
    static ServerStatistics server() {
        String answer = """
                {"model_stats": [{"name": "m", "inference_count": 2000, "execution_count": 500, "inference_stats": {
                  "success": {"count": 1000, "ns": 120000000}, "fail": {"count": 3, "ns": 3},
                  "queue": {"count": 1000, "ns": 10000000}, "compute_input": {"count": 1000, "ns": 1000000},
                  "compute_infer": {"count": 1000, "ns": 100000000}, "compute_output": {"count": 1000, "ns": 2000000},
                  "cache_hit": {"count": 10, "ns": 20000}, "cache_miss": {"count": 990, "ns": 990000}},
                  "batch_stats": [{"batch_size": 4, "compute_infer": {"count": 500, "ns": 50000000}}]}]}""";
        StatisticsSnapshot before = taken("{\"model_stats\": [{\"name\": \"m\"}]}");
        return taken(answer).since(before);
    }

    private static StatisticsSnapshot taken(String answer) {
        return StatisticsSnapshot.take(_ -> JsonObject.parse(answer.getBytes(StandardCharsets.UTF_8)), List.of("m"));
    }

    static MeasuredLevel level(int concurrency) {
        return new MeasuredLevel(result(new Load.Concurrency(concurrency), List.of()), server());
    }

    static MeasuredLevel failingRate(double perSecond, String error) {
        return new MeasuredLevel(result(new Load.RequestRate(perSecond, Load.Distribution.POISSON), List.of(error)),
                ServerStatistics.none("no statistics: " + error));
    }

    /** Whose requests all failed. */
    static MeasuredLevel failing(int concurrency) {
        LoadLevel level = new LoadLevel(new Load.Concurrency(concurrency), Protocol.HTTP, SharedMemory.NONE);
        return new MeasuredLevel(new Result(level, 1, 2, new Sample(Latencies.NONE, 0, Failures.broken(5),
                List.of("broken"), 0, AnswersByClient.NONE), 0.01, true,
                List.of(new Slice(0, 1, Latencies.NONE, 5))), ServerStatistics.none("none"));
    }

    /** A thousand requests that were answered by two clients, and some that failed, each in its way. */
    static MeasuredLevel refused(int concurrency) {
        LoadLevel level = new LoadLevel(new Load.Concurrency(concurrency), Protocol.HTTP, SharedMemory.NONE);
        Failures failures = new Failures(new TreeMap<>(Map.of("HTTP 503", 1200L, "HTTP 400", 1L)), 3, 0);
        Sample sample = new Sample(LATENCIES, 1000, failures, List.of(), 0, AnswersByClient.of(400, 600));
        return new MeasuredLevel(new Result(level, 1, 2, sample, 0, true, List.of()), ServerStatistics.none("none"));
    }

    static MeasuredRun run(String name, List<MeasuredLevel> levels) {
        return new MeasuredRun(name, name, "localhost:8000", "nereid perf -m " + name, "2 x processor",
                Instant.parse("2026-01-02T03:04:05Z"), levels);
    }
}
