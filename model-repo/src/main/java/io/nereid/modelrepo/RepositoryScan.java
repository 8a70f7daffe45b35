package io.nereid.modelrepo;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The models that all repositories have together.
 *
 * @param models by name
 * @param conflicts the names that more than one repository has, each with a text that says so; none is in {@code models}
 */
public record RepositoryScan(SortedMap<String, StoredModel> models, SortedMap<String, String> conflicts) {

    public RepositoryScan {
        models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
        conflicts = Collections.unmodifiableSortedMap(new TreeMap<>(conflicts));
    }
}
