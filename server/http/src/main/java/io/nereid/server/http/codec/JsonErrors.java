package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.netty.buffer.ByteBuf;

/** The body of every failed answer: {@code {"error":"<text>"}}. */
public final class JsonErrors {
    private JsonErrors() {}

    /** Writes the body that tells a client the text. */
    public static void write(String text, ByteBuf out) {
        JsonWriter json = new JsonWriter(out);
        try {
            json.raw("{\"error\":");
            json.string(text);
            json.raw('}');
            json.flush();
        } catch (InferenceException e) {
            throw new IllegalArgumentException("an error's text is too long", e);
        }
    }
}
