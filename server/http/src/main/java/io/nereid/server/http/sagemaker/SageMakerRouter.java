package io.nereid.server.http.sagemaker;

import io.nereid.server.http.Endpoint;
import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.ErrorStatus;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.RequestPath;
import io.nereid.server.http.Router;
import io.nereid.server.http.connection.HttpHandler;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Sends what SageMaker asks to the endpoints of the v2 protocol and to those of its models. Runs on event loops. */
final class SageMakerRouter extends Router {
    /** The model that a call is for, by the name of its archive. */
    private static final String TARGET = "X-Amzn-SageMaker-Target-Model";
    private static final String MODELS = "/models";
    private static final String INVOKE = "/invoke";

    private final HttpService service;
    private final PlatformModels models;
    private final EndpointHandler ping;
    private final EndpointHandler invocations;
    private final EndpointHandler list;
    private final EndpointHandler load;
    private final Endpoint one;
    private final Endpoint unload;
    private final Endpoint invoke;

    SageMakerRouter(HttpService service, SageMakerConfig config, PlatformModels models) {
        super(service);
        this.service = service;
        this.models = models;
        ping = service.handler(switch (config.ping()) {
            case READY -> service.ready();
            case LIVE -> service.live();
        }, ModelPath.NONE);
        invocations = service.handler(switch (config.inference()) {
            case INFER -> service.infer(ErrorStatus.OF_PROTOCOL);
            case GENERATE -> service.generate();
            case GENERATE_STREAM -> service.generateStream();
        }, new ModelPath(config.defaultModel(), ""));
        list = service.handler(new ModelsEndpoint.Listing(models), ModelPath.NONE);
        load = service.handler(new ModelsEndpoint.Load(models), ModelPath.NONE);
        one = new ModelsEndpoint.One(models);
        unload = new ModelsEndpoint.Unload(models);
        invoke = service.infer(PlatformErrors.OF_INVOCATIONS);
    }

    /** The model that a call is for: as its header line says, else {@code otherwise}. */
    static String target(HttpHeaders headers, String otherwise) {
        String named = headers.get(TARGET);
        return named == null || named.isEmpty() ? otherwise : named;
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        String path = RequestPath.of(head.uri());
        return switch (path) {
            case "/ping" -> ping;
            case "/invocations" -> invocations;
            case MODELS, MODELS + "/" -> ofAll(head.method());
            default -> path.startsWith(MODELS + "/") ? ofOne(head, path.substring(MODELS.length() + 1)) : unknown(path);
        };
    }

    private HttpHandler ofAll(HttpMethod method) {
        return method.equals(HttpMethod.GET) ? list
                : method.equals(HttpMethod.POST) ? load
                        : method.equals(HttpMethod.DELETE)
                                ? refusal(HttpResponseStatus.NOT_FOUND,
                                        "DELETE /models: got no model (expected /models/HASH)")
                                : refusal(HttpResponseStatus.BAD_REQUEST, "method: got " + shown(method)
                                        + " for /models (expected GET or POST)");
    }

    /** @param rest what follows {@code /models/} */
    private HttpHandler ofOne(HttpRequest head, String rest) {
        boolean isInvoke = rest.endsWith(INVOKE);
        String hash = isInvoke ? rest.substring(0, rest.length() - INVOKE.length()) : rest;
        if (hash.isEmpty() || hash.indexOf('/') >= 0) {
            return unknown(MODELS + "/" + rest);
        }
        if (isInvoke) {
            return invoke(head, hash);
        }
        HttpMethod method = head.method();
        return method.equals(HttpMethod.GET) ? service.handler(one, new ModelPath(hash, ""))
                : method.equals(HttpMethod.DELETE) ? service.handler(unload, new ModelPath(hash, ""))
                        : refusal(HttpResponseStatus.BAD_REQUEST, "method: got " + shown(method)
                                + " for a model (expected GET or DELETE; POST loads at /models and asks at"
                                + " /models/HASH/invoke)");
    }

    private HttpHandler invoke(HttpRequest head, String hash) {
        PlatformModels.Model model = models.find(hash);
        return model == null ? refusal(HttpResponseStatus.NOT_FOUND, ModelsEndpoint.notLoaded(hash).text())
                : service.handler(invoke, new ModelPath(target(head.headers(), model.name()), ""));
    }

    /** A method may be any word. */
    private static String shown(HttpMethod method) {
        return "'" + method.name() + "'";
    }

    private static HttpHandler unknown(String path) {
        return refusal(HttpResponseStatus.BAD_REQUEST,
                "path: got '" + path
                        + "' (expected /ping, /invocations, /models, /models/HASH or /models/HASH/invoke)");
    }

    private static HttpHandler refusal(HttpResponseStatus status, String text) {
        return exchange -> EndpointHandler.refuse(exchange, status, text);
    }
}
