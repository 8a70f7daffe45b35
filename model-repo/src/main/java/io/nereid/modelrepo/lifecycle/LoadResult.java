package io.nereid.modelrepo.lifecycle;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a load ended.
 *
 * @param model the model's name
 * @param failures the reasons of the versions that could not be loaded; empty if all are served
 */
public record LoadResult(String model, SortedMap<Long, String> failures) {

    public LoadResult {
        failures = Collections.unmodifiableSortedMap(new TreeMap<>(failures));
    }

    /** There was nothing to do. */
    public static LoadResult unchanged(String model) {
        return new LoadResult(model, Collections.emptySortedMap());
    }

    /** Whether every version is served; if not, none is. */
    public boolean succeeded() {
        return failures.isEmpty();
    }

    /** The text for whoever asked for the load; empty if it succeeded. */
    public String describe() {
        if (succeeded()) {
            return "";
        }
        StringBuilder text = new StringBuilder("load failed for model '").append(model).append("': ");
        for (Map.Entry<Long, String> failure : failures.entrySet()) {
            text.append("version ").append(failure.getKey()).append(" is at UNAVAILABLE state: ")
                    .append(failure.getValue()).append(";\n");
        }
        return text.toString();
    }
}
