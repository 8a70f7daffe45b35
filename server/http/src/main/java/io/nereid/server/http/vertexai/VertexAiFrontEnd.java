package io.nereid.server.http.vertexai;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.MediaTypeLength;
import io.nereid.server.http.MetricsHandler;
import io.nereid.server.service.Services;
import io.nereid.server.transport.ListenAddress;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Supplier;

/** The port that Vertex AI asks. */
public final class VertexAiFrontEnd implements AutoCloseable {
    private static final MediaTypeLength JSON_LENGTH = new MediaTypeLength(
            "application/vnd.vertex-ai-triton.binary+json;json-header-size=", false);

    private final HttpFrontEnd port;
    private final DefaultModel defaultModel;

    private VertexAiFrontEnd(HttpFrontEnd port, DefaultModel defaultModel) {
        this.port = port;
        this.defaultModel = defaultModel;
    }

    /**
     * Starts to listen. Requests for the default model are refused until it is chosen.
     *
     * @param http the limits of connections, and who may call what
     * @param metrics the text of the metrics, asked on virtual threads; null where they are not served
     * @throws InferenceException INVALID_ARG if a route is missing, UNAVAILABLE if the address cannot be had
     */
    public static VertexAiFrontEnd listen(VertexAiConfig config, HttpConfig http, Services services,
            @Nullable Supplier<String> metrics) throws InferenceException {
        requireRoute(config.predictRoute(), "API_PREDICT_ROUTE", "AIP_PREDICT_ROUTE"); // the first is what Triton says
        requireRoute(config.healthRoute(), "AIP_HEALTH_ROUTE", "AIP_HEALTH_ROUTE");
        HttpConfig own = http.ofPlatform(config.address(), config.port(), config.threads());
        DefaultModel defaultModel = new DefaultModel(config.defaultModel());
        VertexAiRouter router = new VertexAiRouter(new HttpService(services, own, JSON_LENGTH), config, defaultModel,
                metrics == null ? null : new MetricsHandler(metrics));
        return new VertexAiFrontEnd(HttpFrontEnd.listenForPlatform(own,
                new ListenAddress("Vertex AI", "--vertex-ai", config.address(), config.port(), false), "vertex-ai",
                router, services.memory(), services.ledger()), defaultModel);
    }

    private static void requireRoute(String route, String saidAs, String variable) throws InferenceException {
        if (route.isEmpty()) {
            throw notStarted(saidAs + " is not defined for Vertex AI endpoint; set the variable " + variable
                    + " to its path");
        }
        if (!route.startsWith("/")) {
            throw notStarted(variable + ": got '" + route + "' (expected a path that begins with a slash)");
        }
    }

    static InferenceException notStarted(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "failed to start Vertex AI service: Invalid argument - " + why);
    }

    /**
     * Chooses the default model, once the models are loaded.
     *
     * @param index the models and their states
     * @throws InferenceException INVALID_ARG if it cannot be told, or is not ready
     */
    public void chooseDefaultModel(List<RepositoryIndexEntry> index) throws InferenceException {
        defaultModel.choose(index);
    }

    /** The listening socket. */
    public HttpFrontEnd port() {
        return port;
    }

    @Override
    public void close() {
        port.close();
    }
}
