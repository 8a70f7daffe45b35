package io.nereid.perf.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An object of a JSON answer. What is absent, null or of another kind reads as empty: servers leave out what is zero, and
 * write 64-bit numbers as numbers or as texts. Not for large answers: everything is held at once. Immutable.
 */
public final class JsonObject {
    /** Without members. */
    public static final JsonObject EMPTY = new JsonObject(Map.of());

    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<?, ?> members;

    private JsonObject(Map<?, ?> members) {
        this.members = members;
    }

    /** Of these members, whose values are what JSON has: maps, lists, texts, numbers, booleans. */
    static JsonObject of(Map<String, Object> members) {
        return new JsonObject(members);
    }

    /**
     * The object that a document is.
     *
     * @throws IOException where it is no JSON, or something else than one object
     */
    public static JsonObject parse(byte[] document) throws IOException {
        try (JsonParser parser = FACTORY.createParser(document)) {
            parser.nextToken();
            if (!(value(parser) instanceof Map<?, ?> members) || parser.nextToken() != null) {
                throw new IOException("got something else (expected one JSON object)");
            }
            return new JsonObject(members);
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IOException("got nothing (expected JSON)");
        }
        return switch (token) {
            case START_OBJECT -> members(parser);
            case START_ARRAY -> elements(parser);
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private static Map<String, @Nullable Object> members(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static List<@Nullable Object> elements(JsonParser parser) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser));
        }
        return elements;
    }

    /** Whether there is such a member that is not null. */
    public boolean has(String name) {
        return members.get(name) != null;
    }

    /** The text of that name, or the empty text. */
    public String text(String name) {
        return members.get(name) instanceof String text ? text : "";
    }

    /** The whole number of that name, as a number or as a text; 0 where there is none. */
    public long number(String name) {
        return number(members.get(name));
    }

    /** Whether the member is true. */
    public boolean isTrue(String name) {
        return Objects.equals(members.get(name), true);
    }

    /** The object of that name, or {@link #EMPTY}. */
    public JsonObject object(String name) {
        return members.get(name) instanceof Map<?, ?> object ? new JsonObject(object) : EMPTY;
    }

    /** The objects of the list of that name. */
    public List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : list(name)) {
            if (element instanceof Map<?, ?> object) {
                objects.add(new JsonObject(object));
            }
        }
        return objects;
    }

    /** The whole numbers of the list of that name. */
    public List<Long> numbers(String name) {
        List<Long> numbers = new ArrayList<>();
        for (Object element : list(name)) {
            numbers.add(number(element));
        }
        return numbers;
    }

    /** The texts of the list of that name. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (Object element : list(name)) {
            if (element instanceof String text) {
                texts.add(text);
            }
        }
        return texts;
    }

    private List<?> list(String name) {
        return members.get(name) instanceof List<?> list ? list : List.of();
    }

    private static long number(@Nullable Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        try {
            return value instanceof String text ? Long.parseLong(text) : 0;
        } catch (NumberFormatException _) {
            return 0;
        }
    }
}
