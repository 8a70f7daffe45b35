package gourmetgram.web;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gourmetgram.classify.FoodClassifier;
import gourmetgram.classify.Prediction;
import gourmetgram.classify.Steps;
import gourmetgram.http.HttpError;
import gourmetgram.http.Reply;
import gourmetgram.http.Request;
import gourmetgram.http.Routes;
import gourmetgram.http.StaticFile;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;

import java.io.IOException;

/** The addresses of the page. Thread-safe. */
public final class PhotographPage {
    /** The largest file that the page takes; in base64 it fits into what the prediction service takes. */
    public static final int MAX_PHOTOGRAPH_BYTES = 10 << 20;

    private static final String FILES = "/gourmetgram/web/";
    /** Nothing from elsewhere; the photograph itself is shown from the browser's memory. */
    private static final String POLICY = "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none';"
            + " form-action 'none'; base-uri 'none'";
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final FoodClassifier classifier;

    private PhotographPage(FoodClassifier classifier) {
        this.classifier = classifier;
    }

    /** What the page answers, by a classifier that stays the caller's. */
    public static Routes routes(FoodClassifier classifier) {
        PhotographPage page = new PhotographPage(classifier);
        return new Routes().add("GET", "/", file("index.html")).add("GET", "/page.css", file("page.css"))
                .add("GET", "/page.js", file("page.js")).add("GET", "/icon.svg", file("icon.svg"))
                .add("POST", "/classify", page::classify).add("GET", "/health", PhotographPage::health);
    }

    private static StaticFile file(String name) {
        return StaticFile.of(FILES + name, POLICY);
    }

    /** Takes the file as it is. */
    private Reply classify(Request request) throws HttpError, InferenceException, IOException, InterruptedException {
        byte[] photograph = request.body(MAX_PHOTOGRAPH_BYTES);
        if (photograph.length == 0) {
            throw new HttpError(400, "body: is empty (expected a photograph's file)");
        }
        Steps steps = new Steps(NanoClock.SYSTEM);
        Prediction prediction = classifier.classify(photograph, steps);
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("label", prediction.label())
                .put("probability", prediction.probability()).put("answered_by", classifier.description());
        ArrayNode parts = answer.putArray("steps");
        for (Steps.Step step : steps.taken()) {
            parts.addObject().put("name", step.name()).put("milliseconds", step.nanos() / NANOS_PER_MILLISECOND);
        }
        return Reply.json(answer);
    }

    /** The page is of use without what it asks: it says then what is missing. */
    private static Reply health(Request request) {
        return Reply.json(JsonNodeFactory.instance.objectNode().put("status", "ok"));
    }
}
