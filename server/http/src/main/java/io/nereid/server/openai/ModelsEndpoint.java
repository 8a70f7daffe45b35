package io.nereid.server.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.http.Endpoint;
import io.nereid.server.http.JsonReply;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v1/models} and {@code /v1/models/M}: the models that are ready, in the order of their names, or one of them.
 *
 * @param started when the server began to serve, in seconds since 1970: what is said of every model
 */
record ModelsEndpoint(ModelCatalog models, long started) implements Endpoint.Slow {
    private static final String OWNER = "Triton Inference Server";

    @Override
    public ApiCategory category() {
        return ApiCategory.MODEL_REPOSITORY;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public boolean accepts(HttpMethod asked) {
        return asked.equals(HttpMethod.GET) || asked.equals(HttpMethod.HEAD);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) {
        if (path.model().isEmpty()) {
            List<String> names = ready(models.index());
            return JsonReply.of(exchange, json -> writeAll(json, names));
        }
        return ready(models.index(path.model())).isEmpty()
                ? OpenAiErrors.FORM.of(exchange, HttpResponseStatus.NOT_FOUND, "Unknown model: " + path.model(),
                        "model_not_found")
                : JsonReply.of(exchange, json -> write(json, path.model()));
    }

    private List<String> ready(List<RepositoryIndexEntry> index) {
        return index.stream().filter(this::isReady).map(RepositoryIndexEntry::name).distinct().sorted().toList();
    }

    /** One that is loaded when it is asked for is ready without a version that is. */
    private boolean isReady(RepositoryIndexEntry entry) {
        if (entry.state() == ModelState.READY) {
            return true;
        }
        try {
            models.checkReady(entry.name(), "");
            return true;
        } catch (InferenceException _) {
            return false;
        }
    }

    private void writeAll(JsonGenerator json, List<String> names) throws IOException {
        json.writeStartObject();
        json.writeStringField("object", "list");
        json.writeArrayFieldStart("data");
        for (String name : names) {
            write(json, name);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(JsonGenerator json, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", name);
        json.writeNumberField("created", started);
        json.writeStringField("object", "model");
        json.writeStringField("owned_by", OWNER);
        json.writeEndObject();
    }
}
