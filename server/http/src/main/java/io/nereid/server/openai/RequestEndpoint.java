package io.nereid.server.openai;

import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.Endpoint;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.function.Supplier;

/**
 * A route that asks a model.
 *
 * @param maxInputBytes the largest body
 * @param requests makes the object for one request
 */
record RequestEndpoint(InferenceService service, Observers observers, long maxInputBytes,
        Supplier<OpenAiRequest> requests) implements Endpoint.Deferred {
    @Override
    public ApiCategory category() {
        return ApiCategory.INFERENCE;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.POST;
    }

    @Override
    public void handle(HttpExchange exchange, ModelPath path) {
        long bytes = exchange.body().segment().byteSize();
        if (bytes > maxInputBytes) {
            exchange.body().release();
            exchange.reply(OpenAiErrors.FORM.of(exchange, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                    "Request size of " + bytes + " bytes exceeds the maximum allowed input size of " + maxInputBytes
                            + " bytes. Use --http-max-input-size to increase the limit.",
                    "content_too_large"));
            return;
        }
        new OpenAiTransport(exchange, requests.get()).begin(service, observers).serve();
    }

    /** The body only says which model it is for. */
    @Override
    public TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise) {
        return otherwise;
    }
}
