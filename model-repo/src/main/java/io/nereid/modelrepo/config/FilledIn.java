package io.nereid.modelrepo.config;

import com.google.protobuf.Descriptors.FieldDescriptor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Finds the settings of a configuration that its file does not have, or has otherwise. */
final class FilledIn {
    private final List<String> paths = new ArrayList<>();

    private FilledIn() {}

    /**
     * The settings, each by its path in the JSON form, as {@code input[0].dims}; what is in one that is listed is not
     * listed itself.
     *
     * @param written as the file has it
     */
    static List<String> paths(MessageNode config, MessageNode written) {
        FilledIn found = new FilledIn();
        found.compare(config, written, "");
        return List.copyOf(found.paths);
    }

    private void compare(MessageNode config, MessageNode written, String prefix) {
        for (FieldDescriptor field : config.all().keySet()) {
            String path = prefix + field.getName();
            List<MessageNode.Value> here = config.values(field);
            List<MessageNode.Value> there = written.values(field);
            if (field.isMapField()) {
                compareMap(field, here, there, path);
            } else if (!field.isRepeated()) {
                compareLast(config, field, there, path);
            } else if (there.isEmpty()) {
                paths.add(path);
            } else {
                compareList(here, there, path);
            }
        }
    }

    private void compareLast(MessageNode config, FieldDescriptor field, List<MessageNode.Value> there, String path) {
        if (!config.isPresent(field)) {
            return; // what every configuration has that says nothing of it
        }
        if (there.isEmpty()) {
            paths.add(path);
        } else {
            compareValue(config.lastOrUnset(field), there.getLast().content(), path);
        }
    }

    private void compareList(List<MessageNode.Value> here, List<MessageNode.Value> there, String path) {
        for (int i = 0; i < here.size(); i++) {
            String element = path + "[" + i + "]";
            if (i < there.size()) {
                compareValue(here.get(i).content(), there.get(i).content(), element);
            } else {
                paths.add(element);
            }
        }
    }

    private void compareMap(FieldDescriptor field, List<MessageNode.Value> here, List<MessageNode.Value> there,
            String path) {
        FieldDescriptor key = Schema.field(field.getMessageType(), "key");
        FieldDescriptor value = Schema.field(field.getMessageType(), "value");
        for (MessageNode.Value entry : here) {
            MessageNode node = (MessageNode) entry.content();
            String name = path + "." + node.lastOrUnset(key);
            List<MessageNode> same = there.stream().map(other -> (MessageNode) other.content())
                    .filter(other -> other.lastOrUnset(key).equals(node.lastOrUnset(key))).toList();
            if (same.isEmpty()) {
                paths.add(name);
            } else {
                compareValue(node.lastOrUnset(value), same.getLast().lastOrUnset(value), name);
            }
        }
    }

    private void compareValue(Object here, Object there, String path) {
        if (here instanceof MessageNode config && there instanceof MessageNode written) {
            compare(config, written, path + ".");
        } else if (!Objects.equals(here, there)) {
            paths.add(path);
        }
    }
}
