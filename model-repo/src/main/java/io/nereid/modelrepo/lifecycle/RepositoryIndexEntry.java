package io.nereid.modelrepo.lifecycle;

import io.nereid.modelrepo.identifier.ModelIdentifier;

import java.util.OptionalLong;

/**
 * A line of the repository index.
 *
 * @param id what the model is called inside the server
 * @param version absent for a model of which no version was ever loaded
 * @param state {@link ModelState#UNKNOWN} for a model that nobody asked to load
 * @param reason why the version is in its state; mostly empty
 */
public record RepositoryIndexEntry(String id, OptionalLong version, ModelState state, String reason) {
    /** The model's name. */
    public String name() {
        return ModelIdentifier.name(id);
    }
}
