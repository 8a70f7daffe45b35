package io.nereid.modelrepo.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the JSON form of a configuration, as the load request of the repository API carries it, into the same
 * {@link MessageNode} that {@link ConfigTextParser} makes of a file.
 *
 * <p>The rules are those of protobuf's JSON: a field may have its name of the file or the same in lowerCamelCase, null
 * is as good as absent, maps are objects, 64-bit integers are numbers or strings; names of enums are taken in any case,
 * as Triton takes them. An unknown field or a wrong value is noted and skipped; a text that is no JSON is read up to
 * the fault. Not thread-safe; one per text.
 */
final class ConfigJsonParser {
    /** A longer text is refused unread: a configuration has some thousand characters. */
    static final int MAX_CHARS = 1 << 20;

    private static final int MAX_DEPTH = 64;
    private static final JsonFactory JSON = JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH).maxStringLength(MAX_CHARS).maxNameLength(MAX_CHARS).build()).build();

    private final String text;
    private final List<ConfigProblem> problems = new ArrayList<>();

    ConfigJsonParser(String text) {
        this.text = text;
    }

    /** Everything that was wrong, in the order in which it was met. */
    List<ConfigProblem> problems() {
        return problems;
    }

    /** The whole text as a message of that type, as far as it can be understood. */
    MessageNode parse(Descriptor type) {
        MessageNode root = new MessageNode(type);
        if (text.length() > MAX_CHARS) {
            problems.add(ConfigProblem.at(Position.UNKNOWN, "a configuration in JSON may have " + MAX_CHARS
                    + " characters, got " + text.length()));
            return root;
        }
        try (JsonParser json = JSON.createParser(text)) {
            readRoot(json, root);
        } catch (JsonProcessingException e) {
            problems.add(ConfigProblem.at(position(e.getLocation()), "not valid JSON: " + e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
        return root;
    }

    private void readRoot(JsonParser json, MessageNode root) throws IOException {
        JsonToken first = json.nextToken();
        if (first != JsonToken.START_OBJECT) {
            problem(json, "expected an object with the fields of " + Schema.name(root.type()) + ", got "
                    + (first == null ? "an empty text" : JsonScalar.description(json)));
            return;
        }
        readMessage(json, root);
        if (json.nextToken() != null) {
            problem(json, "expected nothing behind the configuration, got " + JsonScalar.description(json));
        }
    }

    private void readMessage(JsonParser json, MessageNode message) throws IOException {
        Set<FieldDescriptor> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            FieldDescriptor field = find(message.type(), name);
            if (field == null) {
                problem(json, "unknown field '" + JsonScalar.shortened(name) + "' in " + Schema.name(message.type())
                        + NearestName.hint(JsonScalar.shortened(name), Schema.fieldNames(message.type())));
                json.nextToken();
                json.skipChildren();
                continue;
            }
            if (!seen.add(field)) {
                problem(json, "'" + field.getName() + "' is given more than once");
            }
            Position at = position(json.currentTokenLocation());
            if (json.nextToken() != JsonToken.VALUE_NULL) {
                checkAlone(message, field, at);
                readField(json, message, field, at);
            }
        }
    }

    private static @Nullable FieldDescriptor find(Descriptor type, String name) {
        FieldDescriptor field = Schema.find(type, name);
        if (field != null) {
            return field;
        }
        for (FieldDescriptor candidate : type.getFields()) {
            if (lowerCamelCase(candidate.getName()).equals(name)) {
                return candidate;
            }
        }
        return null;
    }

    /** As protobuf makes it: an underscore goes and the letter behind it becomes large. */
    private static String lowerCamelCase(String name) {
        StringBuilder out = new StringBuilder(name.length());
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '_') {
                out.append(upper ? Character.toUpperCase(c) : c);
            }
            upper = c == '_';
        }
        return out.toString();
    }

    private void checkAlone(MessageNode message, FieldDescriptor field, Position at) {
        for (FieldDescriptor other : message.othersOfOneof(field)) {
            problems.add(ConfigProblem.at(at, "'" + field.getName() + "' cannot stand beside '" + other.getName()
                    + "': only one of them may be given"));
        }
    }

    private void readField(JsonParser json, MessageNode message, FieldDescriptor field, Position at)
            throws IOException {
        if (field.isMapField()) {
            readMap(json, message, field);
        } else if (!field.isRepeated()) {
            readValue(json, message, field, at);
        } else if (json.currentToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                readValue(json, message, field, position(json.currentTokenLocation()));
            }
        } else {
            problem(json, "expected an array for '" + field.getName() + "', got " + JsonScalar.description(json));
            json.skipChildren();
        }
    }

    private void readMap(JsonParser json, MessageNode message, FieldDescriptor field) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            problem(json, "expected an object for '" + field.getName() + "', got " + JsonScalar.description(json));
            json.skipChildren();
            return;
        }
        Descriptor type = field.getMessageType();
        FieldDescriptor keyField = Schema.field(type, "key");
        Set<Object> keys = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            Position at = position(json.currentTokenLocation());
            MessageNode entry = new MessageNode(type);
            Object key = JsonScalar.readKey(keyField, json.currentName());
            if (key == null) {
                problem(json, "expected " + JsonScalar.expected(keyField) + " as a key of '" + field.getName()
                        + "', got " + JsonScalar.description(json));
            } else {
                entry.add(keyField, key, at);
                if (!keys.add(key)) {
                    problem(json, "key '" + JsonScalar.shortened(json.currentName()) + "' of '" + field.getName()
                            + "' is given more than once");
                }
            }
            json.nextToken();
            readValue(json, entry, Schema.field(type, "value"), position(json.currentTokenLocation()));
            message.add(field, entry, at);
        }
    }

    private void readValue(JsonParser json, MessageNode message, FieldDescriptor field, Position at)
            throws IOException {
        if (Schema.isMessage(field) && json.currentToken() == JsonToken.START_OBJECT) {
            MessageNode value = new MessageNode(field.getMessageType());
            readMessage(json, value);
            message.add(field, value, at);
            return;
        }
        Object value = JsonScalar.read(field, json);
        if (value == null) {
            problem(json, JsonScalar.wrongValue(field, json));
        } else {
            message.add(field, value, at);
        }
        json.skipChildren();
    }

    private void problem(JsonParser json, String message) {
        problems.add(ConfigProblem.at(position(json.currentTokenLocation()), message));
    }

    private static Position position(@Nullable JsonLocation location) {
        return location == null ? Position.UNKNOWN : new Position(location.getLineNr(), location.getColumnNr());
    }
}
