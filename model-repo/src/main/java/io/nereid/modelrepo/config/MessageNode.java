package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A message as it was written: the values of its fields, each with its place in the file. Both file formats are read
 * into this tree, and the JSON form is written from it. Not thread-safe while it is built; nobody changes it later.
 */
final class MessageNode {

    /**
     * One value of a field.
     *
     * @param content {@code Long} for integers (the bits of a uint64) and the number of an enum value, {@code Double},
     *     {@code Boolean}, {@code String} or {@link MessageNode}
     */
    record Value(Object content, Position position) {}

    private final Schema.MessageType type;
    private final Map<Schema.Field, List<Value>> values = new LinkedHashMap<>();

    MessageNode(Schema.MessageType type) {
        this.type = type;
    }

    Schema.MessageType type() {
        return type;
    }

    void add(Schema.Field field, Object content, Position position) {
        values.computeIfAbsent(field, _ -> new ArrayList<>(1)).add(new Value(content, position));
    }

    boolean has(Schema.Field field) {
        return values.containsKey(field);
    }

    /** The values of a field in the order of the file; none if it is not set. */
    List<Value> values(Schema.Field field) {
        return values.getOrDefault(field, List.of());
    }

    /** The fields that are set, in the order in which the file first sets them. */
    Map<Schema.Field, List<Value>> all() {
        return values;
    }

    /**
     * The place of what a path names, as {@code input[0].dims}, or of the nearest thing around it that the file has.
     *
     * @return {@link Position#UNKNOWN} when not even the first step of the path is in the file
     */
    Position locate(String path) {
        MessageNode node = this;
        Position found = Position.UNKNOWN;
        for (String step : path.split("\\.", -1)) {
            int bracket = step.indexOf('[');
            Schema.Field field = node.type.find(bracket < 0 ? step : step.substring(0, bracket));
            int index = bracket < 0 ? 0 : Integer.parseInt(step, bracket + 1, step.length() - 1, 10);
            List<Value> here = field == null ? List.of() : node.values(field);
            if (index >= here.size()) {
                return found;
            }
            Value value = here.get(index);
            found = value.position();
            if (!(value.content() instanceof MessageNode child)) {
                return found;
            }
            node = child;
        }
        return found;
    }
}
