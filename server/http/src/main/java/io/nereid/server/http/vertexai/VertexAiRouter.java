package io.nereid.server.http.vertexai;

import io.nereid.server.http.Endpoint;
import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.ErrorStatus;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.MetricsHandler;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.RequestPath;
import io.nereid.server.http.Router;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * Sends what Vertex AI asks to the endpoints of the v2 protocol: a request for the default model, or what the header
 * line of a redirection names. Runs on event loops.
 */
final class VertexAiRouter extends Router {
    /** The path of the v2 protocol that a request is for, without the slash it begins with. */
    static final String REDIRECT = "X-Vertex-Ai-Triton-Redirect";

    private final HttpService service;
    private final VertexAiConfig config;
    private final DefaultModel defaultModel;
    private final @Nullable MetricsHandler metrics;
    private final Endpoint infer;
    private final Endpoint ready;

    /** @param metrics what a redirection to the metrics asks; null where they are not served */
    VertexAiRouter(HttpService service, VertexAiConfig config, DefaultModel defaultModel,
            @Nullable MetricsHandler metrics) {
        super(service);
        this.service = service;
        this.infer = service.infer(ErrorStatus.OF_PROTOCOL);
        this.ready = service.ready();
        this.config = config;
        this.defaultModel = defaultModel;
        this.metrics = metrics;
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        String path = RequestPath.of(head.uri());
        if (path.equals(config.healthRoute())) {
            return service.handler(ready, ModelPath.NONE);
        }
        if (!path.equals(config.predictRoute())) {
            return refusal(HttpResponseStatus.BAD_REQUEST, "path: got one that is neither AIP_PREDICT_ROUTE nor"
                    + " AIP_HEALTH_ROUTE (expected '" + config.predictRoute() + "' or '" + config.healthRoute() + "')");
        }
        String redirect = head.headers().get(REDIRECT);
        if (redirect == null || redirect.isEmpty()) {
            return ofDefaultModel();
        }
        return head.method().equals(HttpMethod.POST) ? redirected(redirect)
                : refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed");
    }

    private HttpHandler ofDefaultModel() {
        String model = defaultModel.name();
        return model.isEmpty() ? refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, "the models are still being loaded")
                : service.handler(infer, new ModelPath(model, ""));
    }

    private HttpHandler redirected(String target) {
        if (target.equals("metrics")) {
            return metrics == null ? refusal(HttpResponseStatus.BAD_REQUEST, "metrics are not served")
                    : exchange -> metrics.answerInTime(exchange);
        }
        EndpointHandler found = target.indexOf('?') < 0 ? service.find("/" + target) : null; // a query is no part of it
        return switch (found == null ? Redirection.UNKNOWN : Redirection.of(found.category(), target)) {
            case ALLOWED -> Objects.requireNonNull(found).calledBy(HttpMethod.POST);
            case FORBIDDEN -> refusal(HttpResponseStatus.FORBIDDEN,
                    "'" + target + "' changes what the server has, and is not redirected");
            case UNKNOWN -> refusal(HttpResponseStatus.BAD_REQUEST, REDIRECT + ": got '" + target
                    + "', which is not redirected (expected a path as 'v2/models/MODEL/infer', without a slash at its"
                    + " beginning)");
        };
    }

    /** What becomes of a call that is not the default model's. */
    private enum Redirection {
        ALLOWED,
        FORBIDDEN,
        UNKNOWN;

        static Redirection of(ApiCategory category, String target) {
            String last = target.substring(target.lastIndexOf('/') + 1);
            return switch (category) {
                case HEALTH, METADATA, MODEL_CONFIG, STATISTICS -> ALLOWED;
                case INFERENCE -> last.equals("infer") ? ALLOWED : UNKNOWN;
                case SHARED_MEMORY -> last.equals("status") ? ALLOWED : FORBIDDEN;
                case MODEL_REPOSITORY -> last.equals("index") ? ALLOWED : FORBIDDEN;
                case TRACE, LOGGING -> UNKNOWN;
            };
        }
    }

    private static HttpHandler refusal(HttpResponseStatus status, String text) {
        return exchange -> EndpointHandler.refuse(exchange, status, text);
    }
}
