package io.nereid.server.console;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.telemetry.SlowRequest;
import io.nereid.server.telemetry.SlowestRequests;

import java.io.IOException;
import java.util.List;

/** {@code /console/api/models/M/versions/V/slowest}: the slowest requests, step by step. */
record SlowestEndpoint(ConsoleSources sources, Versions versions) implements ConsoleEndpoint {
    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        RepositoryIndexEntry entry = versions.entry(path);
        List<SlowRequest> slowest = entry.version().isEmpty() ? List.of()
                : sources.slowest().of(entry.name(), entry.version().getAsLong());
        long now = sources.clock().nanoTime();
        return ConsoleReply.of(exchange, json -> {
            json.writeStartObject();
            json.writeNumberField("window_seconds", SlowestRequests.window().toSeconds());
            json.writeArrayFieldStart("requests");
            for (SlowRequest request : slowest) {
                write(json, request, now);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, SlowRequest request, long now) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", request.id());
        json.writeNumberField("started_ago_ns", now - request.startNanos());
        json.writeNumberField("total_ns", request.totalNanos());
        json.writeNumberField("batch_size", request.batchSize());
        json.writeStringField("outcome", request.outcome());
        json.writeArrayFieldStart("steps");
        for (SlowRequest.Step step : request.steps()) {
            json.writeStartObject();
            json.writeStringField("name", step.name());
            json.writeNumberField("at_ns", step.atNanos());
            json.writeNumberField("for_ns", step.forNanos());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
