package io.nereid.server.model.config;

import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.objectstore.ModelStores;
import io.nereid.server.config.UsageException;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Looks at a model repository before anything is started, so that a typing error is answered at once. Of one in an
 * object store only the location is looked at.
 */
public final class RepositoryFolder {
    private RepositoryFolder() {}

    /**
     * The repository as an absolute path, or its location in an object store as it is.
     *
     * @throws UsageException where there is no folder that can be read, or it is a model and not a repository
     */
    public static String check(String text) throws UsageException {
        if (ModelStores.isRemote(text)) {
            return checkRemote(text);
        }
        Path path = path(text);
        if (!Files.exists(path)) {
            throw invalid(text, "no such folder; give a folder with one sub-folder per model");
        }
        if (!Files.isDirectory(path)) {
            throw invalid(text, "not a folder; give a folder with one sub-folder per model");
        }
        if (!Files.isReadable(path) || !Files.isExecutable(path)) {
            throw invalid(text, "may not be read by this user; change its permissions or the user");
        }
        if (Files.exists(path.resolve("config.pbtxt"))) {
            throw invalid(text, "is a model; give the folder it is in, " + parent(path));
        }
        return path.toString();
    }

    /**
     * The repository as an absolute path, or its location in an object store, whether or not anything is there.
     *
     * @throws UsageException where it cannot be the name of a folder or of a place in an object store
     */
    public static String named(String text) throws UsageException {
        return ModelStores.isRemote(text) ? checkRemote(text) : path(text).toString();
    }

    private static String checkRemote(String text) throws UsageException {
        try {
            ModelStores.check(text);
            return text;
        } catch (ModelRepositoryException e) {
            throw new UsageException("--model-repository: " + e.getMessage());
        }
    }

    private static Path path(String text) throws UsageException {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw invalid(text, "not a path on this system");
        }
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    private static UsageException invalid(String text, String why) {
        return new UsageException("--model-repository=%s: %s".formatted(text, why));
    }
}
