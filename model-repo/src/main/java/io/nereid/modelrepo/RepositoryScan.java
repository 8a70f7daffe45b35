package io.nereid.modelrepo;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The models that all repositories have together.
 *
 * @param models by what they are called inside the server
 * @param conflicts the names that more than one repository has, each with a text that says so; none is in {@code
 *     models}
 * @param empty a text for each repository that has no model, which names it
 */
public record RepositoryScan(SortedMap<String, StoredModel> models, SortedMap<String, String> conflicts,
        List<String> empty) {

    public RepositoryScan {
        empty = List.copyOf(empty);
        models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
        conflicts = Collections.unmodifiableSortedMap(new TreeMap<>(conflicts));
    }
}
