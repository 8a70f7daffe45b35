package io.nereid.server.cli;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link ModelServer} as the command line sees it. */
record RunningServer(ModelServer server, ServerConfig config) implements StartedServer {
    static StartedServer start(ServerConfig config) throws StartException {
        return new RunningServer(ModelServer.start(config), config);
    }

    @Override
    public List<ModelStatus> models() {
        return server.models().stream().map(RunningServer::status).toList();
    }

    private static ModelStatus status(RepositoryIndexEntry entry) {
        String version = entry.version().isPresent() ? Long.toString(entry.version().getAsLong()) : "-";
        return new ModelStatus(entry.name(), version, entry.state() == ModelState.READY, entry.reason());
    }

    @Override
    public List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        if (config.grpc().enabled()) {
            endpoints.add(new Endpoint("GRPCInferenceService", config.grpc().address(), server.grpcPort()));
        }
        if (config.http().enabled()) {
            endpoints.add(new Endpoint("HTTPService", config.http().address(), server.httpPort()));
        }
        config.sageMaker().ifPresent(
                of -> endpoints.add(new Endpoint("Sagemaker HTTPService", of.address(), server.sageMakerPort())));
        config.vertexAi().ifPresent(
                of -> endpoints.add(new Endpoint("Vertex AI HTTPService", of.address(), server.vertexAiPort())));
        if (config.metrics().enabled()) {
            endpoints.add(new Endpoint("Metrics Service", config.metrics().address(), server.metricsPort()));
        }
        return endpoints;
    }

    @Override
    public void beginDrain() {
        server.beginDrain();
    }

    @Override
    public boolean stop(Duration timeout) throws InterruptedException {
        return server.stop(timeout);
    }
}
