package io.nereid.server.console;

import io.nereid.server.http.Endpoint;
import io.nereid.server.http.EndpointHandler;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.RequestPath;
import io.nereid.server.http.connection.ForwardingHandler;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.staticfiles.StaticFiles;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;

/**
 * Answers what is under {@code /console}, sends browsers there that ask for {@code /}, and hands every other request on:
 * those of the v2 protocol after one comparison. Runs on event loops.
 */
public final class ConsoleHandler extends ForwardingHandler {
    private static final String PROTOCOL = "/v2/";
    private static final String CONSOLE = "/console";
    private static final String FILES = "/console/static/";
    private static final String OVERVIEW = "/console/api/overview";
    private static final String MODELS = "/console/api/models/";
    private static final String VERSIONS = "versions";
    /** Nothing from another address, no script in a page, and no page of others around it. */
    private static final String POLICY = "default-src 'self'; img-src 'self' blob: data:; base-uri 'none';"
            + " form-action 'self'; frame-ancestors 'none'; object-src 'none'";
    /** Segments of a path of the interface: "", console, api, models, M, versions, V, and the question. */
    private static final int SEGMENTS = 7;

    private final Restrictions restrictions;
    private final StaticFiles files = new StaticFiles(ConsoleHandler.class, "static", POLICY);
    private final Endpoint overview;
    private final Map<String, Endpoint> ofVersion;

    /**
     * The console in front of another handler.
     *
     * @param next what answers the requests that are not the console's
     * @param restrictions what only some clients may ask, of the console too
     */
    public ConsoleHandler(HttpHandler next, ConsoleSources sources, Restrictions restrictions) {
        super(next);
        this.restrictions = restrictions;
        Versions versions = new Versions(sources.models());
        WatchedVersions watched = new WatchedVersions(sources.clock());
        overview = new OverviewEndpoint(sources);
        ofVersion = Map.of("", new VersionEndpoint(sources, versions, watched), "slowest",
                new SlowestEndpoint(sources, versions), "simulation", new SimulationEndpoint(versions, watched),
                "description", new DescriptionEndpoint(sources, versions));
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        if (head.uri().startsWith(PROTOCOL)) {
            return next().route(head);
        }
        HttpHandler own = find(head.method(), head.uri(), head.headers());
        return own == null ? next().route(head) : own;
    }

    private @Nullable HttpHandler find(HttpMethod method, String target, HttpHeaders headers) {
        String path = RequestPath.of(target);
        return switch (path) {
            case "/" -> isPageWanted(method, headers) ? ConsoleHandler::redirect : null;
            case CONSOLE, CONSOLE + "/" -> files.file("index.html");
            case OVERVIEW -> new EndpointHandler(overview, ModelPath.NONE, restrictions);
            default -> path.startsWith(FILES) ? files.file(path.substring(FILES.length())) : findOfVersion(path);
        };
    }

    private static boolean isPageWanted(HttpMethod method, HttpHeaders headers) {
        String accepted = headers.get(HttpHeaderNames.ACCEPT, "");
        return (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD))
                && accepted.toLowerCase(Locale.ROOT).contains("text/html");
    }

    private static void redirect(HttpExchange exchange) {
        exchange.body().release();
        exchange.reply(HttpReply.empty(HttpResponseStatus.FOUND, HttpReply.TEXT)
                .withHeader(new HttpReply.Header("Location", CONSOLE)));
    }

    private @Nullable HttpHandler findOfVersion(String path) {
        String[] segments = path.startsWith(MODELS) ? path.split("/", -1) : new String[0];
        if (segments.length < SEGMENTS || segments.length > SEGMENTS + 1 || !segments[5].equals(VERSIONS)) {
            return null;
        }
        Endpoint endpoint = ofVersion.get(segments.length == SEGMENTS ? "" : segments[SEGMENTS]);
        try {
            return endpoint == null ? null
                    : new EndpointHandler(endpoint, new ModelPath(RequestPath.decoded(segments[4]), segments[6]),
                            restrictions);
        } catch (IllegalArgumentException _) {
            return null; // a percent escape that is none
        }
    }
}
