package gourmetgram.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** An answer. Immutable, and so is its body, which nobody writes any more. */
public final class Reply {
    private static final String CONTENT_TYPE = "Content-Type";

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    /**
     * An answer of these parts.
     *
     * @param headers beside those that every answer has
     * @param body is the answer's from here on
     */
    public Reply(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    /** JSON with status 200. */
    public static Reply json(JsonNode value) {
        return json(200, value);
    }

    /** JSON with that status. */
    public static Reply json(int status, JsonNode value) {
        return new Reply(status, Map.of(CONTENT_TYPE, "application/json", "Cache-Control", "no-store"),
                value.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** {@code {"error": text}}. */
    public static Reply error(int status, String text) {
        return json(status, JsonNodeFactory.instance.objectNode().put("error", text));
    }

    /** With one more header. */
    public Reply with(String header, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(header, value);
        return new Reply(status, more, body);
    }
}
