package gourmetgram.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gourmetgram.classify.FoodClassifier;
import gourmetgram.classify.Prediction;
import gourmetgram.classify.Steps;
import gourmetgram.http.Handler;
import gourmetgram.http.HttpError;
import gourmetgram.http.Reply;
import gourmetgram.http.Request;
import gourmetgram.http.Routes;
import gourmetgram.http.StaticFile;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;

import java.io.IOException;
import java.util.Map;

/** The addresses of the prediction service. Thread-safe. */
public final class PredictionService {
    private static final String OWN = "/gourmetgram/service/";
    private static final String SWAGGER_UI = "/META-INF/resources/webjars/swagger-ui/5.30.3/";
    private static final String NOTHING_ELSE = "default-src 'none'; frame-ancestors 'none'";
    /** Swagger UI has its icons in its style sheet and sets styles of single elements. */
    private static final String OF_SWAGGER_UI = "default-src 'self'; style-src 'self' 'unsafe-inline';"
            + " img-src 'self' data:; frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

    private final FoodClassifier classifier;

    private PredictionService(FoodClassifier classifier) {
        this.classifier = classifier;
    }

    /** What the service answers, by a classifier that stays the caller's. */
    public static Routes routes(FoodClassifier classifier) {
        PredictionService service = new PredictionService(classifier);
        return new Routes().add("POST", "/predict", service::predict).add("GET", "/health", service::health)
                .add("GET", "/", PredictionService::toDocs)
                .add("GET", "/openapi.json", own("openapi.json"))
                .add("GET", "/docs", StaticFile.of(OWN + "docs.html", OF_SWAGGER_UI))
                .add("GET", "/docs/docs.js", own("docs.js")).add("GET", "/docs/docs.css", own("docs.css"))
                .add("GET", "/docs/swagger-ui.css", swaggerUi("swagger-ui.css"))
                .add("GET", "/docs/swagger-ui-bundle.js", swaggerUi("swagger-ui-bundle.js"))
                .add("GET", "/docs/favicon.png", swaggerUi("favicon-32x32.png"));
    }

    private static Handler own(String name) {
        return StaticFile.of(OWN + name, NOTHING_ELSE);
    }

    private static Handler swaggerUi(String name) {
        return StaticFile.of(SWAGGER_UI + name, NOTHING_ELSE);
    }

    private Reply predict(Request request) throws HttpError, InferenceException, IOException, InterruptedException {
        byte[] photograph = ImageRequest.read(request.body(Request.MAX_BODY_BYTES));
        Prediction prediction = classifier.classify(photograph, new Steps(NanoClock.SYSTEM));
        return Reply.json(JsonNodeFactory.instance.objectNode().put("prediction", prediction.label())
                .put("probability", prediction.probability()));
    }

    private Reply health(Request request) throws InferenceException, InterruptedException {
        classifier.check();
        return Reply.json(JsonNodeFactory.instance.objectNode().put("status", "ok")
                .put("model", classifier.description()));
    }

    private static Reply toDocs(Request request) {
        return new Reply(302, Map.of("Location", "/docs"), new byte[0]);
    }
}
