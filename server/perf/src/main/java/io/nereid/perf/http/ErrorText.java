package io.nereid.perf.http;

import io.nereid.perf.json.JsonObject;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the body of an answer says of an error: the text in {@code {"error": ...}}, or all of it. */
final class ErrorText {
    private ErrorText() {}

    /** With the status in front, on one line. */
    static String of(int status, byte[] body) {
        String text = text(body).strip().replaceAll("\\s+", " ");
        return text.isEmpty() ? "HTTP " + status : "HTTP " + status + ": " + text;
    }

    private static String text(byte[] body) {
        try {
            String error = body.length == 0 ? "" : JsonObject.parse(body).text("error");
            return error.isEmpty() ? new String(body, StandardCharsets.UTF_8) : error;
        } catch (IOException _) {
            return new String(body, StandardCharsets.UTF_8); // of something else than a server of the protocol
        }
    }

    /** The last one, so that equal bodies are read once. Not thread-safe. */
    static final class Remembered {
        private byte[] body = {};
        private int status;
        private String text = "";

        String of(int code, byte[] bytes, int length) {
            if (status != code || !Arrays.equals(body, 0, body.length, bytes, 0, length)) {
                body = Arrays.copyOf(bytes, length);
                status = code;
                text = ErrorText.of(code, body);
            }
            return text;
        }
    }
}
