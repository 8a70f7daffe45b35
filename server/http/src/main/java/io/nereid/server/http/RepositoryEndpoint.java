package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.RequestLimits;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.util.List;

/** {@code /v2/repository[/R]/...}: which models there are, and loading and unloading them. */
final class RepositoryEndpoint {
    private RepositoryEndpoint() {}

    /** What is in the repository and what is served of it; a repository's name makes no difference, as in Triton. */
    record Index(ModelControl control, RequestLimits limits) implements OfRepository {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            List<RepositoryIndexEntry> entries = control.index(RepositoryRequestReader.readyOnly(exchange, limits));
            return JsonReply.of(exchange, json -> write(json, entries));
        }

        private static void write(JsonGenerator json, List<RepositoryIndexEntry> entries) throws IOException {
            json.writeStartArray();
            for (RepositoryIndexEntry entry : entries) {
                json.writeStartObject();
                json.writeStringField("name", entry.name());
                if (entry.version().isPresent()) {
                    json.writeStringField("version", Long.toString(entry.version().getAsLong()));
                }
                if (entry.state() != ModelState.UNKNOWN) {
                    json.writeStringField("state", entry.state().name());
                }
                if (!entry.reason().isEmpty()) {
                    json.writeStringField("reason", entry.reason());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Loads the model that the path names; answers when that is done. */
    record Load(ModelControl control, String repository, RequestLimits limits) implements OfRepository {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            requireNoName(repository);
            control.checkLoadable(path.model());
            LoadOverride override = RepositoryRequestReader.load(exchange, path.model(), limits);
            control.load(path.model(), override);
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }

    /** Unloads the model that the path names; answers while its last requests still run. */
    record Unload(ModelControl control, String repository, RequestLimits limits) implements OfRepository {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            requireNoName(repository);
            RepositoryRequestReader.unload(exchange, limits).apply(control, path.model());
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }

    private static void requireNoName(String repository) throws InferenceException {
        if (!repository.isEmpty()) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "'repository_name' specification is not supported");
        }
    }

    /** What belongs to the model repository. */
    interface OfRepository extends Endpoint.Slow {
        @Override
        default ApiCategory category() {
            return ApiCategory.MODEL_REPOSITORY;
        }

        @Override
        default HttpMethod method() {
            return HttpMethod.POST;
        }
    }
}
