package gourmetgram.load;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Base64;

/** The request that is sent over and over. */
final class Question {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Question() {}

    /** A photograph for the prediction service at {@code http://host:port}. */
    static HttpRequest toService(URI service, byte[] photograph) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("image", base64(photograph));
        return post(service.resolve("/predict"), body);
    }

    /** A photograph for the model {@code food_classifier} of a model server. */
    static HttpRequest toModelServer(URI server, byte[] photograph) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode input = body.putArray("inputs").addObject().put("name", "INPUT_IMAGE").put("datatype", "BYTES");
        input.putArray("shape").add(1).add(1);
        input.putArray("data").add(base64(photograph));
        return post(server.resolve("/v2/models/food_classifier/infer"), body);
    }

    private static String base64(byte[] photograph) {
        return Base64.getEncoder().encodeToString(photograph);
    }

    private static HttpRequest post(URI address, ObjectNode body) {
        return HttpRequest.newBuilder(address).timeout(PATIENCE).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())).build();
    }
}
