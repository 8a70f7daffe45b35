package gourmetgram;

import gourmetgram.classify.EmbeddedModels;
import gourmetgram.classify.FoodClassifier;
import gourmetgram.classify.InProcessClassifier;
import gourmetgram.classify.ServedClassifier;
import gourmetgram.service.PredictionService;
import gourmetgram.v2.GrpcModelServerClient;
import gourmetgram.v2.HttpModelServerClient;
import gourmetgram.v2.ModelServerClient;
import gourmetgram.v2.ServerAddress;
import io.nereid.server.StartException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** {@code service}: the prediction service. */
final class ServiceCommand {
    static final Set<String> OPTIONS = Set.of("address", "port", "backend", "server", "model", "models");

    private static final int PORT = 8010;
    private static final int HTTP_PORT = 8000;
    private static final int GRPC_PORT = 8001;
    private static final String IN_PROCESS = "in-process";

    private ServiceCommand() {}

    static int run(Options options) throws UsageException, StartException, IOException, InterruptedException {
        InetSocketAddress address = Serving.address(options, PORT);
        FoodClassifier classifier = classifier(options);
        return Serving.until("prediction service", address, PredictionService.routes(classifier), classifier);
    }

    private static FoodClassifier classifier(Options options) throws UsageException, StartException {
        String backend = options.choice("backend", List.of(IN_PROCESS, "http", "grpc"));
        Path models = Path.of(options.text("models", "models"));
        if (!backend.equals(IN_PROCESS)) {
            int port = backend.equals("http") ? HTTP_PORT : GRPC_PORT;
            ServerAddress server = server(options.text("server", "localhost:" + port), port);
            EmbeddedModels here = EmbeddedModels.start(models, EmbeddedModels.IMAGE);
            ModelServerClient client = backend.equals("http") ? new HttpModelServerClient(server)
                    : new GrpcModelServerClient(server);
            return new ServedClassifier(client, options.text("model", EmbeddedModels.NETWORK), here);
        }
        for (String other : List.of("server", "model")) {
            if (!options.text(other, "").isEmpty()) {
                throw new UsageException("--" + other + ": got '" + options.text(other, "")
                        + "' with --backend=in-process (expected --backend=http or grpc)");
            }
        }
        return new InProcessClassifier(EmbeddedModels.start(models, EmbeddedModels.IMAGE, EmbeddedModels.NETWORK));
    }

    private static ServerAddress server(String text, int defaultPort) throws UsageException {
        try {
            return ServerAddress.parse(text, defaultPort);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--server: " + e.getMessage());
        }
    }
}
