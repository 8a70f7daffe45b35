package io.nereid.server.http.sagemaker;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.Endpoint;
import io.nereid.server.http.ErrorReply;
import io.nereid.server.http.JsonReply;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.codec.PlatformLoadReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.util.List;

/** {@code /models} and {@code /models/HASH}: which models the platform has loaded, and loading and unloading them. */
final class ModelsEndpoint {
    private ModelsEndpoint() {}

    /** Those that can be asked. */
    record Listing(PlatformModels models) implements Endpoint.Immediate {
        @Override
        public ApiCategory category() {
            return ApiCategory.MODEL_REPOSITORY;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            List<PlatformModels.Model> ready = models.ready();
            return JsonReply.of(exchange, json -> {
                json.writeStartObject();
                json.writeArrayFieldStart("models");
                for (PlatformModels.Model model : ready) {
                    write(json, model);
                }
                json.writeEndArray();
                json.writeEndObject();
            });
        }
    }

    /** One of them. */
    record One(PlatformModels models) implements Endpoint.Immediate {
        @Override
        public ApiCategory category() {
            return ApiCategory.MODEL_REPOSITORY;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            PlatformModels.Model model = models.find(path.model());
            if (model == null) {
                throw notLoaded(path.model());
            }
            return JsonReply.of(exchange, json -> write(json, model));
        }
    }

    private static void write(JsonGenerator json, PlatformModels.Model model) throws IOException {
        json.writeStartObject();
        json.writeStringField("modelName", model.hash());
        json.writeStringField("modelUrl", model.repository().toString());
        json.writeEndObject();
    }

    static InferenceException notLoaded(String hash) {
        return new InferenceException(ErrorCode.NOT_FOUND, "model '" + hash + "' is not loaded");
    }

    /** Loads one; answers when it can be asked. */
    record Load(PlatformModels models) implements Endpoint.Slow {
        @Override
        public ApiCategory category() {
            return ApiCategory.MODEL_REPOSITORY;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.POST;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            try {
                PlatformLoadReader.Load load = PlatformLoadReader.read(exchange.body().segment());
                if (load.model().isBlank()) {
                    throw new InferenceException(ErrorCode.INVALID_ARG,
                            "model_name: got none (expected the hash that the model's requests name it by)");
                }
                models.load(load.model(), load.url(), SageMakerRouter.target(exchange.headers(), load.model()));
                return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
            } catch (InferenceException e) {
                return ErrorReply.of(exchange, PlatformErrors.ofControl(e), e);
            }
        }
    }

    /** Unloads one; answers when its files can be deleted. */
    record Unload(PlatformModels models) implements Endpoint.Slow {
        @Override
        public ApiCategory category() {
            return ApiCategory.MODEL_REPOSITORY;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.DELETE;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            try {
                models.unload(path.model());
                return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return ErrorReply.of(exchange, HttpResponseStatus.SERVICE_UNAVAILABLE, "Server exiting");
            } catch (InferenceException e) {
                return ErrorReply.of(exchange, e.code() == ErrorCode.NOT_FOUND ? HttpResponseStatus.NOT_FOUND
                        : PlatformErrors.ofControl(e), e);
            }
        }
    }
}
