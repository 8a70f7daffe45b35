package io.nereid.modelrepo.lifecycle;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a load ended.
 *
 * @param model the model's name
 * @param errors the reasons of the versions that could not be loaded; empty if all are served
 * @param succeeded whether the other versions are served; if not, nothing has changed
 */
public record LoadResult(String model, SortedMap<Long, String> errors, boolean succeeded) {

    public LoadResult {
        errors = Collections.unmodifiableSortedMap(new TreeMap<>(errors));
    }

    /** Of a load of all versions or none. */
    public LoadResult(String model, SortedMap<Long, String> errors) {
        this(model, errors, errors.isEmpty());
    }

    /** There was nothing to do. */
    public static LoadResult unchanged(String model) {
        return new LoadResult(model, Collections.emptySortedMap());
    }

    /** Whether every version is served. */
    public boolean isComplete() {
        return succeeded && errors.isEmpty();
    }

    /** The text for whoever asked for the load; empty if nothing has failed. */
    public String describe() {
        if (errors.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("load failed for model '").append(model).append("': ");
        for (Map.Entry<Long, String> error : errors.entrySet()) {
            text.append("version ").append(error.getKey()).append(" is at UNAVAILABLE state: ")
                    .append(error.getValue()).append(";\n");
        }
        return text.toString();
    }
}
