package io.nereid.server.logging;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;

/** Makes a text without line breaks of JSON objects, which are separated by commas. Stateless. */
public final class JsonText {
    private static final JsonFactory JSON = new JsonFactory().setRootValueSeparator(",")
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    private static final int USUAL_CHARACTERS = 384;

    private JsonText() {}

    /** Writes the objects. */
    public interface Objects {
        /** Writes them one after the other. */
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** The text of all objects that are written. */
    public static String of(Objects objects) {
        StringWriter text = new StringWriter(USUAL_CHARACTERS);
        try {
            write(text, objects);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    /** Writes the text of the objects piece by piece to {@code to}, which stays open. */
    public static void write(Writer to, Objects objects) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(to)) {
            objects.writeTo(json);
        }
    }
}
