package gourmetgram;

import gourmetgram.classify.EmbeddedModels;
import gourmetgram.classify.FoodClassifier;
import gourmetgram.classify.PredictionServiceClassifier;
import gourmetgram.classify.ServedClassifier;
import gourmetgram.v2.HttpModelServerClient;
import gourmetgram.v2.ServerAddress;
import gourmetgram.web.PhotographPage;
import io.nereid.server.StartException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** {@code web}: the page. What it asks is said by the environment variables of the tutorial. */
final class WebCommand {
    static final Set<String> OPTIONS = Set.of("address", "port", "models");

    private static final int PORT = 8080;
    private static final int SERVER_PORT = 8000;
    private static final String PREDICTION_SERVICE = "FASTAPI_SERVER_URL";
    private static final String MODEL_SERVER = "TRITON_SERVER_URL";
    private static final String MODEL = "FOOD11_MODEL_NAME";

    private WebCommand() {}

    static int run(Options options, Map<String, String> environment)
            throws UsageException, StartException, IOException, InterruptedException {
        InetSocketAddress address = Serving.address(options, PORT);
        FoodClassifier classifier = classifier(options, environment);
        return Serving.until("web page", address, PhotographPage.routes(classifier), classifier);
    }

    private static FoodClassifier classifier(Options options, Map<String, String> environment)
            throws UsageException, StartException {
        String service = environment.getOrDefault(PREDICTION_SERVICE, "");
        if (!service.isEmpty()) {
            return new PredictionServiceClassifier(address(PREDICTION_SERVICE, service));
        }
        ServerAddress server = address(MODEL_SERVER, orDefault(environment.get(MODEL_SERVER), "localhost:8000"));
        String model = orDefault(environment.get(MODEL), "food_classifier");
        EmbeddedModels here = EmbeddedModels.start(Path.of(options.text("models", "models")), EmbeddedModels.IMAGE);
        return new ServedClassifier(new HttpModelServerClient(server), model, here);
    }

    /** A variable that is set to nothing, as a file of compose may do, is not set. */
    private static String orDefault(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static ServerAddress address(String variable, String text) throws UsageException {
        try {
            return ServerAddress.parse(text, SERVER_PORT);
        } catch (IllegalArgumentException e) {
            throw new UsageException(variable + ": " + e.getMessage());
        }
    }
}
