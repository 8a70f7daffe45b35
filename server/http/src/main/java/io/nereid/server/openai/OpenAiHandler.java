package io.nereid.server.openai;

import io.nereid.server.http.Endpoint;
import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.InTurns;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.RequestPath;
import io.nereid.server.http.connection.ForwardingHandler;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.service.Services;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;

/** Answers OpenAI's routes, and hands every other request on. Runs on event loops. */
public final class OpenAiHandler extends ForwardingHandler {
    private static final String ROUTES = "/v1/";
    private static final String MODELS = "/v1/models";

    private final Restrictions restrictions;
    private final Endpoint models;
    private final Map<String, Endpoint> ofInference;

    /**
     * The routes in front of another handler.
     *
     * @param next what answers all other requests
     * @param config the largest input, and who may call what
     * @param clock the time of day
     */
    public OpenAiHandler(HttpHandler next, Services services, HttpConfig config, InstantSource clock) {
        super(next);
        this.restrictions = config.openAi().restrictions().orElse(config.restrictions());
        this.models = new InTurns(
                new ModelsEndpoint(services.inference().models(), clock.instant().getEpochSecond()));
        OpenAiContext context = new OpenAiContext(services.requestLimits(), services.sharedMemory(), clock);
        this.ofInference = Map.of(
                "/v1/embeddings", endpoint(services, config, () -> new EmbeddingsRequest(context)),
                "/v1/completions", endpoint(services, config, () -> new TextRequest(context, TextForm.COMPLETION)),
                "/v1/chat/completions", endpoint(services, config, () -> new TextRequest(context, TextForm.CHAT)));
    }

    private static Endpoint endpoint(Services services, HttpConfig config, Supplier<OpenAiRequest> requests) {
        return new RequestEndpoint(services.inference(), services.observers(), config.limits().maxInputBytes(),
                requests);
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        String path = RequestPath.of(head.uri());
        HttpHandler own = path.startsWith(ROUTES) ? find(path) : null;
        return own == null ? next().route(head) : own;
    }

    private @Nullable HttpHandler find(String path) {
        Endpoint inference = ofInference.get(path);
        if (inference != null) {
            return handler(inference, ModelPath.NONE);
        }
        if (path.equals(MODELS)) {
            return handler(models, ModelPath.NONE);
        }
        if (!path.startsWith(MODELS + "/") || path.length() == MODELS.length() + 1) {
            return null;
        }
        try {
            return handler(models, new ModelPath(RequestPath.decoded(path.substring(MODELS.length() + 1)), ""));
        } catch (IllegalArgumentException _) {
            return null; // a percent escape that is none
        }
    }

    private HttpHandler handler(Endpoint endpoint, ModelPath path) {
        return new EndpointHandler(endpoint, path, restrictions, OpenAiErrors.FORM);
    }
}
