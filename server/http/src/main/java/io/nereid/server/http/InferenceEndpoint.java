package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: an {@link InferenceCall} for
 * each request. If the client goes away before it has its answer, the call is closed.
 */
record InferenceEndpoint(InferenceService service, RouteCodec codec, Observers observers) implements Endpoint.Deferred {
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
        codec.transport(exchange, path).begin(service, observers).serve(path.model(), path.version());
    }

    @Override
    public TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise) {
        try {
            ModelHandle<ServedModel> model = service.models().acquire(path.model(), path.version());
            TensorAllocator wanted = model.model().inputMemory().allocator();
            model.release();
            return wanted;
        } catch (InferenceException _) {
            return otherwise; // handle() says so when the body is here
        }
    }
}
