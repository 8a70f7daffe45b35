package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A message as it was written: the values of its fields, each with its place in the file. Both file formats are read
 * into this tree, the records are made from it, and the JSON form is written from it.
 *
 * <p>Fields are asked for by their names in the schema; a name that the schema does not have is an
 * {@link IllegalArgumentException}. Not thread-safe while it is built; nobody changes it once a {@link ModelConfig} has it.
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

    /** Adds a value that the file does not have. */
    MessageNode add(String field, Object content) {
        add(type.field(field), content, Position.UNKNOWN);
        return this;
    }

    MessageNode addAll(String field, Iterable<? extends Object> contents) {
        for (Object content : contents) {
            add(field, content instanceof Integer number ? Long.valueOf(number) : content);
        }
        return this;
    }

    /** Gives a field one value in the place of what it has. */
    MessageNode set(String field, Object content) {
        values.remove(type.field(field));
        return add(field, content);
    }

    MessageNode clear(String field) {
        values.remove(type.field(field));
        return this;
    }

    /** An empty message for a field of this one, which it is not yet in. */
    MessageNode create(String field) {
        return new MessageNode(type.field(field).requireMessageType());
    }

    /** The message in a field, put there if it is not yet. */
    MessageNode obtain(String field) {
        if (!has(field)) {
            add(field, create(field));
        }
        return (MessageNode) content(field);
    }

    /** A copy that shares nothing that can change. */
    MessageNode copy() {
        MessageNode copy = new MessageNode(type);
        values.forEach((field, contents) -> {
            for (Value value : contents) {
                Object content = value.content() instanceof MessageNode message ? message.copy() : value.content();
                copy.add(field, content, value.position());
            }
        });
        return copy;
    }

    boolean has(Schema.Field field) {
        return values.containsKey(field);
    }

    boolean has(String field) {
        return has(type.field(field));
    }

    /**
     * Whether a field that occurs once is set to something that protobuf can tell from its not being set: anything for
     * messages, members of a oneof and entries of maps, else anything but the default.
     */
    boolean says(Schema.Field field) {
        if (!has(field)) {
            return false;
        }
        boolean presence = field.kind() == Schema.Kind.MESSAGE || field.oneof() != null || type.mapEntry();
        Object content = content(field.name());
        return presence || !(field.kind() == Schema.Kind.FLOAT && content instanceof Double number
                ? Double.valueOf(number.floatValue())
                : content).equals(field.unset());
    }

    /** The fields that are set and of which only one may be beside the given one: a oneof of the schema. */
    List<Schema.Field> rivals(Schema.Field field) {
        List<Schema.Field> rivals = new ArrayList<>(0);
        for (Schema.Field other : values.keySet()) {
            if (field.oneof() != null && !other.equals(field) && field.oneof().equals(other.oneof())) {
                rivals.add(other);
            }
        }
        return rivals;
    }

    /** The values of a field in the order of the file; none if it is not set. */
    List<Value> values(Schema.Field field) {
        return values.getOrDefault(field, List.of());
    }

    /** The fields that are set, in the order in which the file first sets them. */
    Map<Schema.Field, List<Value>> all() {
        return values;
    }

    private Object content(String name) {
        Schema.Field field = type.field(name);
        List<Value> here = values(field);
        return here.isEmpty() ? field.unset() : here.getLast().content();
    }

    String string(String field) {
        return (String) content(field);
    }

    boolean bool(String field) {
        return (Boolean) content(field);
    }

    /** Any integer, or the number of an enum value. */
    long integer(String field) {
        return (Long) content(field);
    }

    /** An int32, or the number of an enum value. */
    int int32(String field) {
        return Math.toIntExact(integer(field));
    }

    double decimal(String field) {
        return (Double) content(field);
    }

    /** The message in a field; an empty one, which is not in the tree, if it is not set. */
    MessageNode message(String field) {
        return (MessageNode) content(field);
    }

    /** The values of a repeated field, each as the function makes it. */
    <R> List<R> list(String field, Function<MessageNode, R> toRecord) {
        List<R> records = new ArrayList<>();
        for (Value value : values(type.field(field))) {
            records.add(toRecord.apply((MessageNode) value.content()));
        }
        return List.copyOf(records);
    }

    List<String> strings(String field) {
        return contents(field, String.class);
    }

    List<Long> integers(String field) {
        return contents(field, Long.class);
    }

    List<Double> decimals(String field) {
        return contents(field, Double.class);
    }

    List<Boolean> bools(String field) {
        return contents(field, Boolean.class);
    }

    List<Integer> int32s(String field) {
        List<Integer> numbers = new ArrayList<>();
        for (Value value : values(type.field(field))) {
            numbers.add(Math.toIntExact((Long) value.content()));
        }
        return List.copyOf(numbers);
    }

    private <T> List<T> contents(String field, Class<T> kind) {
        List<T> contents = new ArrayList<>();
        for (Value value : values(type.field(field))) {
            contents.add(kind.cast(value.content()));
        }
        return List.copyOf(contents);
    }

    /** A map field, its entries as the functions make them; of equal keys the last one counts. */
    <K, V> Map<K, V> map(String field, Function<MessageNode, K> key, Function<MessageNode, V> value) {
        Map<K, V> map = new LinkedHashMap<>();
        for (Value entry : values(type.field(field))) {
            MessageNode node = (MessageNode) entry.content();
            map.put(key.apply(node), value.apply(node));
        }
        return map;
    }

    /** A map field from strings to strings. */
    Map<String, String> stringMap(String field) {
        return map(field, entry -> entry.string("key"), entry -> entry.string("value"));
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
            List<Value> here = node.values(node.type.field(bracket < 0 ? step : step.substring(0, bracket)));
            int index = bracket < 0 ? 0 : Integer.parseInt(step, bracket + 1, step.length() - 1, 10);
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
