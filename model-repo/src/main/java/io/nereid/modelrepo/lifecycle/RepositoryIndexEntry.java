package io.nereid.modelrepo.lifecycle;

import java.util.OptionalLong;

/**
 * A line of the repository index.
 *
 * @param version absent for a model of which no version was ever loaded
 * @param state {@link ModelState#UNKNOWN} for a model that nobody asked to load
 * @param reason why the version is in its state; mostly empty
 */
public record RepositoryIndexEntry(String name, OptionalLong version, ModelState state, String reason) {}
