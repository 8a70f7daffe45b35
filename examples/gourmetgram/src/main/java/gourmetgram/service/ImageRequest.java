package gourmetgram.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gourmetgram.http.HttpError;

import java.io.IOException;
import java.util.Base64;

/** What {@code POST /predict} is sent: {@code {"image": "the file in base64"}}. */
final class ImageRequest {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final String EXPECTED = " (expected {\"image\": \"a photograph's file in base64\"})";

    private ImageRequest() {}

    /**
     * The file of the photograph.
     *
     * @throws HttpError 400 if the body is something else
     */
    static byte[] read(byte[] body) throws HttpError {
        JsonNode image = parse(body).path("image");
        if (image.isMissingNode()) {
            throw wrong("image: is missing" + EXPECTED);
        }
        if (!image.isTextual()) {
            throw wrong("image: got a JSON " + kind(image) + EXPECTED);
        }
        return decode(image.asText());
    }

    private static JsonNode parse(byte[] body) throws HttpError {
        try {
            JsonNode root = JSON.readTree(body);
            if (root.isObject()) {
                return root;
            }
            throw wrong("body: got " + (root.isMissingNode() ? "nothing" : "a JSON " + kind(root)) + EXPECTED);
        } catch (JsonProcessingException e) {
            throw wrong("body: got no JSON, " + e.getOriginalMessage() + EXPECTED);
        } catch (IOException e) {
            throw wrong("body: got what cannot be read, " + e.getMessage() + EXPECTED);
        }
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "array";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            case NUMBER -> "number";
            case STRING -> "string";
            default -> "object";
        };
    }

    private static byte[] decode(String text) throws HttpError {
        if (text.isEmpty()) {
            throw wrong("image: is empty" + EXPECTED);
        }
        if (text.startsWith("data:")) {
            throw wrong("image: got a data URL (expected only what follows its comma)");
        }
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw wrong("image: got no base64, " + e.getMessage() + EXPECTED);
        }
    }

    private static HttpError wrong(String text) {
        return new HttpError(400, text);
    }
}
