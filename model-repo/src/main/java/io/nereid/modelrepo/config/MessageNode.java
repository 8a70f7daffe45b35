package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A message as it was written: the values of its fields, each with its place in the file. Both file formats are read
 * into this tree, the records are made from it, and the JSON form is written from it.
 *
 * <p>Fields are asked for by their names in the schema; a name that the schema does not have is an
 * {@link IllegalArgumentException}. Not thread-safe while it is built; nobody changes it once a {@link ModelConfig} has
 * it.
 */
final class MessageNode {

    /**
     * One value of a field.
     *
     * @param content {@code Long} for integers (the bits of a uint64) and the number of an enum value, {@code Double},
     *     {@code Boolean}, {@code String} or {@link MessageNode}
     */
    record Value(Object content, Position position) {}

    private final Descriptor type;
    private final Map<FieldDescriptor, List<Value>> values = new LinkedHashMap<>();

    MessageNode(Descriptor type) {
        this.type = type;
    }

    Descriptor type() {
        return type;
    }

    void add(FieldDescriptor field, Object content, Position position) {
        values.computeIfAbsent(field, _ -> new ArrayList<>(1)).add(new Value(content, position));
    }

    /** Adds a value that the file does not have. */
    MessageNode add(String field, Object content) {
        add(Schema.field(type, field), content, Position.UNKNOWN);
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
        values.remove(Schema.field(type, field));
        return add(field, content);
    }

    MessageNode clear(String field) {
        values.remove(Schema.field(type, field));
        return this;
    }

    /** Takes entries out of a map field. */
    MessageNode removeKeys(String field, Predicate<String> which) {
        FieldDescriptor map = Schema.field(type, field);
        List<Value> entries = new ArrayList<>(values(map));
        entries.removeIf(entry -> which.test(((MessageNode) entry.content()).string("key")));
        values.remove(map);
        if (!entries.isEmpty()) {
            values.put(map, entries);
        }
        return this;
    }

    /** An empty message for a field of this one, which it is not yet in. */
    MessageNode create(String field) {
        return new MessageNode(Schema.field(type, field).getMessageType());
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

    boolean has(FieldDescriptor field) {
        return values.containsKey(field);
    }

    boolean has(String field) {
        return has(Schema.field(type, field));
    }

    /**
     * Whether a field that occurs once is set to something that protobuf distinguishes from its not being set: anything
     * for messages, members of a oneof and entries of maps, else anything but the default.
     */
    boolean isPresent(FieldDescriptor field) {
        if (!has(field)) {
            return false;
        }
        boolean presence = Schema.isMessage(field) || field.getContainingOneof() != null
                || type.getOptions().getMapEntry();
        Object content = lastOrUnset(field);
        return presence || !(field.getType() == FieldDescriptor.Type.FLOAT && content instanceof Double number
                ? Double.valueOf(number.floatValue())
                : content).equals(Schema.unset(field));
    }

    /** The fields that are set and of which only one may be beside the given one: a oneof of the schema. */
    List<FieldDescriptor> othersOfOneof(FieldDescriptor field) {
        OneofDescriptor oneof = field.getContainingOneof();
        List<FieldDescriptor> others = new ArrayList<>(0);
        for (FieldDescriptor other : values.keySet()) {
            if (oneof != null && !other.equals(field) && oneof.equals(other.getContainingOneof())) {
                others.add(other);
            }
        }
        return others;
    }

    /** The values of a field in the order of the file; none if it is not set. */
    List<Value> values(FieldDescriptor field) {
        return values.getOrDefault(field, List.of());
    }

    /** The fields that are set, in the order in which the file first sets them. */
    Map<FieldDescriptor, List<Value>> all() {
        return values;
    }

    /** The last value of a field, or what the field is worth where it is not set. */
    Object lastOrUnset(FieldDescriptor field) {
        List<Value> here = values(field);
        return here.isEmpty() ? Schema.unset(field) : here.getLast().content();
    }

    private Object content(String name) {
        return lastOrUnset(Schema.field(type, name));
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
        for (Value value : values(Schema.field(type, field))) {
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
        for (Value value : values(Schema.field(type, field))) {
            numbers.add(Math.toIntExact((Long) value.content()));
        }
        return List.copyOf(numbers);
    }

    private <T> List<T> contents(String field, Class<T> kind) {
        List<T> contents = new ArrayList<>();
        for (Value value : values(Schema.field(type, field))) {
            contents.add(kind.cast(value.content()));
        }
        return List.copyOf(contents);
    }

    /** A map field, its entries as the functions make them; of equal keys the last one counts. */
    <K, V> Map<K, V> map(String field, Function<MessageNode, K> key, Function<MessageNode, V> value) {
        Map<K, V> map = new LinkedHashMap<>();
        for (Value entry : values(Schema.field(type, field))) {
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
            List<Value> here = node.values(Schema.field(node.type, bracket < 0 ? step : step.substring(0, bracket)));
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
