package io.nereid.modelrepo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A directory of models that was registered while the server runs. Some of them may be served under other names than
 * their directories have. Whoever registered it may take it away again at any time: it has no models then, and the
 * other stores have theirs.
 */
public final class RegisteredStore implements ModelStore {
    private final Path root;
    private final DirectoryStore directories;
    private final Map<String, String> names;
    private final Map<String, String> directoryOf = new HashMap<>();

    /**
     * The models in {@code root}.
     *
     * @param names what models are served as, by their directories; every other one is served as its directory is called
     */
    public RegisteredStore(Path root, Map<String, String> names) {
        this.root = root;
        this.directories = new DirectoryStore(root);
        this.names = Map.copyOf(names);
        names.forEach((directory, name) -> directoryOf.put(name, directory));
    }

    @Override
    public String location() {
        return directories.location();
    }

    @Override
    public String identity() {
        return directories.identity();
    }

    @Override
    public SortedSet<String> list() {
        SortedSet<String> models = new TreeSet<>();
        if (Files.isDirectory(root)) {
            directories.list().forEach(directory -> models.add(names.getOrDefault(directory, directory)));
        }
        return models;
    }

    @Override
    public String instead() {
        return Files.isDirectory(root) ? directories.instead() : "it is no longer there";
    }

    @Override
    public boolean has(String model) {
        boolean known = directoryOf.containsKey(model) || !names.containsKey(model);
        return known && Files.isDirectory(root) && directories.has(directory(model));
    }

    /** Whether a model was given that name, in place of its directory's. */
    public boolean hasGiven(String model) {
        return directoryOf.containsKey(model);
    }

    private String directory(String model) {
        return directoryOf.getOrDefault(model, model);
    }

    @Override
    public ModelContents contents(String model) {
        return directories.contents(directory(model));
    }

    @Override
    public ModelFiles fetch(String model) {
        Path path = directories.fetch(directory(model)).directory().path();
        return ModelFiles.inPlace(new ModelDirectory(model, path, hasGiven(model)));
    }

    @Override
    public void close() {
        directories.close();
    }
}
