package io.nereid.server.console;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.scheduler.QueueLoad;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.statistics.Explanation;
import io.nereid.statistics.InstanceSnapshot;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.RecentRequest;
import io.nereid.statistics.StatisticsSnapshot;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** {@code /console/api/models/M/versions/V}: what one version does. */
final class VersionEndpoint implements ConsoleEndpoint {
    private final ConsoleSources sources;
    private final Versions versions;
    private final WatchedVersions watched;

    VersionEndpoint(ConsoleSources sources, Versions versions, WatchedVersions watched) {
        this.sources = sources;
        this.versions = versions;
        this.watched = watched;
    }

    /** States and their reasons are the repository index's. */
    @Override
    public List<ApiCategory> alsoOf() {
        return List.of(ApiCategory.MODEL_REPOSITORY);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        RepositoryIndexEntry entry = versions.entry(path);
        ModelHandle<ServedModel> handle = versions.acquireIfReady(path);
        if (handle == null) {
            return ConsoleReply.of(exchange, json -> {
                writeState(json, entry);
                json.writeEndObject();
            });
        }
        try {
            sources.slowest().watch(handle.name(), handle.version());
            return ConsoleReply.of(exchange, json -> {
                writeState(json, entry);
                write(json, handle.model());
                json.writeEndObject();
            });
        } finally {
            handle.release();
        }
    }

    private void writeState(JsonGenerator json, RepositoryIndexEntry entry) throws IOException {
        json.writeStartObject();
        json.writeNumberField("now_ns", sources.clock().nanoTime());
        json.writeStringField("name", entry.name());
        json.writeStringField("version", VersionReading.version(entry));
        json.writeStringField("state", entry.state().name());
        json.writeStringField("reason", entry.reason());
    }

    private void write(JsonGenerator json, ServedModel model) throws IOException {
        StatisticsSnapshot counts = model.statistics().snapshot();
        List<RecentRequest> recent = watched.requests(model.statistics());
        json.writeNumberField("requests", counts.success().count() + counts.fail().count());
        json.writeNumberField("failures", counts.fail().count());
        json.writeNumberField("inferences", counts.inferenceCount());
        json.writeNumberField("executions", counts.executionCount());
        writeCounts(json, "refused", counts.explanation().rejected());
        writeQueue(json, model.load());
        json.writeObjectFieldStart("batch_sizes");
        for (Explanation.ClosedBatches size : counts.explanation().batches()) {
            json.writeNumberField(Long.toString(size.batchSize()), size.count());
        }
        json.writeEndObject();
        writeCounts(json, "batch_closed", counts.explanation().closedBy());
        writeTimes(json, "queue_time", recent, RecentRequest::queueNanos);
        writeTimes(json, "compute_time", recent, RecentRequest::computeNanos);
        writeInstances(json, model.statistics().metrics().instances());
    }

    /** Of reasons that there was any of. */
    private static void writeCounts(JsonGenerator json, String field, Map<? extends Enum<?>, Long> counts)
            throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<? extends Enum<?>, Long> reason : counts.entrySet()) {
            if (reason.getValue() > 0) {
                json.writeNumberField(OverviewEndpoint.word(reason.getKey()), reason.getValue());
            }
        }
        json.writeEndObject();
    }

    private static void writeQueue(JsonGenerator json, QueueLoad load) throws IOException {
        json.writeObjectFieldStart("queue");
        json.writeNumberField("length", load.requests());
        json.writeNumberField("oldest_wait_ns", load.oldestWaitNanos());
        json.writeEndObject();
    }

    private static void writeTimes(JsonGenerator json, String field, List<RecentRequest> recent,
            ToLongFunction<RecentRequest> time) throws IOException {
        long[] sorted = recent.stream().mapToLong(time).toArray();
        Arrays.sort(sorted);
        json.writeObjectFieldStart(field);
        json.writeNumberField("count", sorted.length);
        json.writeNumberField("p50_ns", quantile(sorted, 0.5));
        json.writeNumberField("p99_ns", quantile(sorted, 0.99));
        json.writeEndObject();
    }

    /** The smallest of the values that so large a share of them does not exceed; 0 if there are none. */
    static long quantile(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    private static void writeInstances(JsonGenerator json, List<InstanceSnapshot> instances) throws IOException {
        json.writeArrayFieldStart("instances");
        for (InstanceSnapshot instance : instances) {
            json.writeStartObject();
            json.writeStringField("name", instance.name());
            json.writeStringField("device",
                    instance.gpu() == ModelStatistics.NO_GPU ? "cpu" : "gpu" + instance.gpu());
            json.writeNumberField("busy_ns", instance.busyNanos());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
