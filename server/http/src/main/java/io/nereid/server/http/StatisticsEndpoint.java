package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.AliasShare;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.ResponseStatistic;
import io.nereid.statistics.StatisticsSnapshot;
import io.netty.handler.codec.http.HttpMethod;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v2/models/M[/versions/V]/stats}: what the ready versions have done; with {@code ?explain=true} also why
 * their batches were as they were (docs/compatibility.md).
 */
record StatisticsEndpoint(ModelCatalog models) implements Endpoint.Immediate {
    @Override
    public ApiCategory category() {
        return ApiCategory.STATISTICS;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        return answer(exchange, models.acquireForStatistics(path.model(), path.version()), models);
    }

    /** {@code /v2/models/stats}: those of all models, which may be many. */
    record OfAll(ModelCatalog models) implements Endpoint.Slow {
        @Override
        public ApiCategory category() {
            return ApiCategory.STATISTICS;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            return StatisticsEndpoint.answer(exchange, models.acquireAll(), models);
        }
    }

    /** @param asked released */
    private static HttpReply answer(HttpExchange exchange, List<ModelHandle<ServedModel>> asked, ModelCatalog models) {
        boolean explain = ExplainQuery.isIn(exchange.target());
        try {
            return JsonReply.of(exchange, json -> write(json, asked, models, explain));
        } finally {
            asked.forEach(ModelHandle::release);
        }
    }

    private static void write(JsonGenerator json, List<ModelHandle<ServedModel>> versions, ModelCatalog models,
            boolean explain) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("model_stats");
        for (ModelHandle<ServedModel> version : versions) {
            json.writeStartObject();
            write(json, version, version.model().statistics().snapshot(), explain);
            writeAliases(json, version.version(), models.aliasShares(version.name()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, ModelHandle<ServedModel> model, StatisticsSnapshot snapshot,
            boolean explain) throws IOException {
        json.writeStringField("name", model.name());
        json.writeStringField("version", Long.toString(model.version()));
        json.writeNumberField("last_inference", snapshot.lastInferenceMillis());
        json.writeNumberField("inference_count", snapshot.inferenceCount());
        json.writeNumberField("execution_count", snapshot.executionCount());
        json.writeObjectFieldStart("inference_stats");
        write(json, "success", snapshot.success());
        write(json, "fail", snapshot.fail());
        write(json, "queue", snapshot.queue());
        write(json, "compute_input", snapshot.computeInput());
        write(json, "compute_infer", snapshot.computeInfer());
        write(json, "compute_output", snapshot.computeOutput());
        write(json, "cache_hit", snapshot.cacheHit());
        write(json, "cache_miss", snapshot.cacheMiss());
        json.writeEndObject();
        json.writeObjectFieldStart("response_stats");
        List<ResponseStatistic> responses = snapshot.responses();
        for (int i = 0; i < responses.size(); i++) {
            write(json, Integer.toString(i), responses.get(i));
        }
        json.writeEndObject();
        json.writeArrayFieldStart("batch_stats");
        for (BatchStatistic batch : snapshot.batches()) {
            write(json, batch);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("memory_usage");
        json.writeEndArray();
        if (explain) {
            ExplanationWriter.write(json, model.model().pending(), snapshot.explanation());
        }
    }

    /** Not in Triton, and only for models that have aliases. */
    private static void writeAliases(JsonGenerator json, long version, List<AliasShare> shares) throws IOException {
        if (shares.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("aliases");
        for (AliasShare share : shares) {
            if (share.version() == version) {
                json.writeStartObject();
                json.writeStringField("name", share.alias());
                json.writeNumberField("weight", share.weight());
                json.writeNumberField("requests", share.requests());
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String field, ResponseStatistic response) throws IOException {
        json.writeObjectFieldStart(field);
        write(json, "compute_infer", response.computeInfer());
        write(json, "compute_output", response.computeOutput());
        write(json, "success", response.success());
        write(json, "fail", response.fail());
        write(json, "empty_response", response.emptyResponse());
        write(json, "cancel", response.cancel());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, BatchStatistic batch) throws IOException {
        json.writeStartObject();
        json.writeNumberField("batch_size", batch.batchSize());
        write(json, "compute_input", batch.computeInput());
        write(json, "compute_infer", batch.computeInfer());
        write(json, "compute_output", batch.computeOutput());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, DurationStatistic duration) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeNumberField("count", duration.count());
        json.writeNumberField("ns", duration.nanos());
        json.writeEndObject();
    }
}
