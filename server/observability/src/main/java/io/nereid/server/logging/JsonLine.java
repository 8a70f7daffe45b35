package io.nereid.server.logging;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.jspecify.annotations.Nullable;

/** A JSON object that is put together in one line. Not thread-safe. */
public final class JsonLine {
    private static final JsonStringEncoder ESCAPES = JsonStringEncoder.getInstance();

    private final StringBuilder line = new StringBuilder(384).append('{');

    /** A string. */
    public JsonLine text(String name, String value) {
        name(name).append('"');
        ESCAPES.quoteAsString(value, line);
        line.append('"');
        return this;
    }

    /** A number, or null. */
    public JsonLine number(String name, @Nullable Long value) {
        name(name).append(value);
        return this;
    }

    /** A number. */
    public JsonLine number(String name, long value) {
        name(name).append(value);
        return this;
    }

    /** JSON as it is. */
    public JsonLine raw(String name, String json) {
        name(name).append(json);
        return this;
    }

    private StringBuilder name(String name) {
        return line.append(line.length() == 1 ? "\"" : ",\"").append(name).append("\":");
    }

    /** The whole object. */
    public String end() {
        return line.append('}').toString();
    }
}
