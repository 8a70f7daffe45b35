package io.nereid.modelrepo;

import io.nereid.modelrepo.identifier.ModelIdentifier;

import java.nio.file.Path;

/**
 * A model as the listing of a repository shows it.
 *
 * @param name what it is served as: the name of the directory, unless it was given another one
 * @param path the directory
 * @param renamed whether it was given a name that is not the directory's; its configuration may have any then, which
 *     does not count
 * @param namespace of the model; empty for none
 */
public record ModelDirectory(String name, Path path, boolean renamed, String namespace) {
    /** One without a namespace. */
    public ModelDirectory(String name, Path path, boolean renamed) {
        this(name, path, renamed, "");
    }

    /** One that is served under the name of its directory. */
    public ModelDirectory(String name, Path path) {
        this(name, path, false, "");
    }

    /** What the model is called inside the server. */
    public String id() {
        return ModelIdentifier.of(namespace, name);
    }
}
