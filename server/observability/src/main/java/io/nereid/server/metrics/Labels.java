package io.nereid.server.metrics;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The labels of a sample. Immutable; written sorted by name, as Triton's library does.
 *
 * @param values by name; any text
 * @param text {@code name="value",...} without braces: made once, for many samples have the same
 */
record Labels(SortedMap<String, String> values, String text) {
    /** None. */
    static final Labels NONE = of(new TreeMap<>());

    /** Those, whose names Prometheus takes. */
    static Labels of(SortedMap<String, String> values) {
        return new Labels(values, text(values));
    }

    /** These labels and one more, in the place of one of the same name. The name must be one that Prometheus takes. */
    Labels with(String name, String value) {
        SortedMap<String, String> more = new TreeMap<>(values);
        more.put(name, value);
        return of(more);
    }

    /**
     * These labels and the tags of a model's configuration, whose keys get a {@code _} in front; what Prometheus does
     * not take in a name becomes a {@code _}. Of two keys that are the same then the first one counts.
     */
    Labels withTags(Map<String, String> tags) {
        SortedMap<String, String> more = new TreeMap<>(values);
        new TreeMap<>(tags)
                .forEach((key, value) -> more.putIfAbsent("_" + key.replaceAll("[^a-zA-Z0-9_]", "_"), value));
        return of(more);
    }

    private static String text(SortedMap<String, String> values) {
        StringBuilder text = new StringBuilder();
        String separator = "";
        for (Map.Entry<String, String> label : values.entrySet()) {
            text.append(separator).append(label.getKey()).append("=\"");
            appendEscaped(label.getValue(), text);
            text.append('"');
            separator = ",";
        }
        return text.toString();
    }

    private static void appendEscaped(String value, StringBuilder text) {
        for (int i = 0; i < value.length(); i++) {
            char next = value.charAt(i);
            switch (next) {
                case '\\' -> text.append("\\\\");
                case '"' -> text.append("\\\"");
                case '\n' -> text.append("\\n");
                default -> text.append(next);
            }
        }
    }
}
