package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfig;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A model that was read from its directory.
 *
 * @param directory where it is
 * @param config as far as the server can complete it; the backend does the rest
 * @param versions the directories of the versions to serve, by number; at least one
 * @param warnings what was passed over, each a text for people that does not name the model
 */
public record RepositoryModel(ModelDirectory directory, ModelConfig config, NavigableMap<Long, Path> versions,
        List<String> warnings) {

    public RepositoryModel {
        warnings = List.copyOf(warnings);
        versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
    }

    /** With another configuration. */
    public RepositoryModel withConfig(ModelConfig changed) {
        return new RepositoryModel(directory, changed, versions, warnings);
    }

    /** Without one of its versions. */
    public RepositoryModel without(long version) {
        NavigableMap<Long, Path> others = new TreeMap<>(versions);
        others.remove(version);
        return new RepositoryModel(directory, config, others, warnings);
    }
}
