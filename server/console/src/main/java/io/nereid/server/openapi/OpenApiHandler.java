package io.nereid.server.openapi;

import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.RequestPath;
import io.nereid.server.http.connection.ForwardingHandler;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.service.Services;
import io.nereid.server.staticfiles.StaticFiles;
import io.netty.handler.codec.http.HttpRequest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers {@code /v2/openapi.json} and the page {@code /docs} that shows it, and hands every other request on. Runs on
 * event loops.
 */
public final class OpenApiHandler extends ForwardingHandler {
    /** Most requests begin with this, and none that is answered here. */
    private static final String MODELS = "/v2/models/";
    private static final String DESCRIPTION = "/v2/openapi.json";
    private static final String PAGE = "/docs";
    private static final List<String> PAGE_FILES = List.of("docs.js", "docs.css", "swagger-ui-bundle.js",
            "swagger-ui.css");
    /** Swagger UI puts styles and pictures into its page itself, and offers what was answered as a file. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'";

    private final Map<String, HttpHandler> own = new HashMap<>();

    /**
     * A handler of these addresses.
     *
     * @param next what answers all others
     * @param services what is described
     * @param config who may call what
     */
    public OpenApiHandler(HttpHandler next, Services services, HttpConfig config) {
        super(next);
        ApiDescription description = ApiDescription.of(services, config);
        own.put(DESCRIPTION, new EndpointHandler(new DescriptionEndpoint(description), ModelPath.NONE,
                config.restrictions()));
        StaticFiles files = new StaticFiles(OpenApiHandler.class, "docs", POLICY);
        own.put(PAGE, files.file("index.html"));
        own.put(PAGE + "/", files.file("index.html"));
        for (String file : PAGE_FILES) {
            own.put(PAGE + "/" + file, files.file(file));
        }
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        if (head.uri().startsWith(MODELS)) {
            return next().route(head);
        }
        HttpHandler found = own.get(RequestPath.of(head.uri()));
        return found == null ? next().route(head) : found;
    }
}
