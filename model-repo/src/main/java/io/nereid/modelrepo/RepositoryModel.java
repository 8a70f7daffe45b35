package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfig;

import java.nio.file.Path;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A model that was read from its directory.
 *
 * @param directory where it is
 * @param config as far as the server can complete it; the backend does the rest
 * @param versions the directories of the versions to serve, by number; at least one
 */
public record RepositoryModel(ModelDirectory directory, ModelConfig config, NavigableMap<Long, Path> versions) {

    public RepositoryModel {
        versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
    }
}
