package io.nereid.modelrepo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** A directory with a directory per model. */
public final class DirectoryStore implements ModelStore {
    private final Path root;
    private final FileDigests digests = new FileDigests();

    /** @param root as it was named; a link is followed whenever the store is read, so that it can be switched over */
    public DirectoryStore(Path root) {
        this.root = root;
    }

    @Override
    public String location() {
        return root.toString();
    }

    @Override
    public String identity() {
        return realRoot().toString();
    }

    /** The directory itself, behind all links. */
    private Path realRoot() {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public SortedSet<String> list() {
        SortedSet<String> models = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(realRoot(), Files::isDirectory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!isHidden(name)) {
                    models.add(name);
                }
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        return models;
    }

    @Override
    public String instead() {
        return ModelLayout.noModel(realRoot());
    }

    /** {@code .git}, and what Kubernetes keeps beside mounted files. */
    private static boolean isHidden(String name) {
        return name.startsWith(".");
    }

    /** Looks at that directory alone: with a listing for each of them many models would take for ever to load. */
    @Override
    public boolean has(String model) {
        try {
            return isPlain(model) && !isHidden(model) && Files.isDirectory(realRoot().resolve(model));
        } catch (InvalidPathException _) {
            return false; // no file of this system can be called that
        }
    }

    /** Whether it names an entry of a directory, and so cannot lead out of it. */
    private static boolean isPlain(String name) {
        return !name.isEmpty() && name.indexOf('/') < 0 && name.indexOf('\\') < 0;
    }

    private ModelRepositoryException unreadable(IOException cause) {
        return new ModelRepositoryException("failed to read model repository '" + root + "': " + cause
                + "; --model-repository must name a directory that can be read", cause);
    }

    @Override
    public ModelContents contents(String model) {
        Path directory = directory(model).path();
        try {
            return new ModelContents(digests.of(directory));
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to read the files of model '" + model + "' in " + directory
                    + ": " + e + "; check that they can be read", e);
        }
    }

    @Override
    public ModelFiles fetch(String model) {
        return ModelFiles.inPlace(directory(model));
    }

    private ModelDirectory directory(String model) {
        if (!has(model)) {
            throw new ModelRepositoryException("model repository '" + root + "' has no model '" + model + "'");
        }
        return new ModelDirectory(model, realRoot().resolve(model));
    }

    @Override
    public void close() {}
}
