package io.nereid.modelrepo;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The files of a model on this machine's disk, for as long as somebody uses them: counted references, of which whoever
 * got this from {@link ModelStore#fetch} has the first. A copy that was made for the server is deleted with the last
 * one. Thread-safe.
 */
public final class ModelFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ModelFiles.class);

    private final ModelDirectory directory;
    private final Runnable onUnused;
    private final AtomicInteger references = new AtomicInteger(1);

    private ModelFiles(ModelDirectory directory, Runnable onUnused) {
        this.directory = directory;
        this.onUnused = onUnused;
    }

    /** Files that belong to somebody else and stay where they are. */
    public static ModelFiles inPlace(ModelDirectory directory) {
        return new ModelFiles(directory, () -> {
        });
    }

    /**
     * A copy of the server's own.
     *
     * @param root deleted, with all that is in it, after the last use
     */
    public static ModelFiles copy(ModelDirectory directory, Path root) {
        return new ModelFiles(directory, () -> deleteAll(root));
    }

    /** The same files, whose first reference the caller has now, as those of a model in a namespace. */
    ModelFiles inNamespace(String namespace) {
        return new ModelFiles(new ModelDirectory(directory.name(), directory.path(), directory.renamed(), namespace),
                this::release);
    }

    /** Where they are; not to be read after the last {@link #release}. */
    public ModelDirectory directory() {
        return directory;
    }

    /** Adds a user, who has to release it; only for who holds a reference. */
    public ModelFiles retain() {
        if (references.getAndIncrement() <= 0) {
            throw new IllegalStateException("the files of model '" + directory.name() + "' are no longer there");
        }
        return this;
    }

    /** Gives a reference back. May delete files, and so is not for an event loop. */
    public void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            onUnused.run();
        } else if (left < 0) {
            throw new IllegalStateException(
                    "the files of model '" + directory.name() + "' are released more often than retained");
        }
    }

    /** Deletes copied model files as far as that goes, and says in the log what is left. */
    public static void deleteAll(Path root) {
        deleteAll(root, "the copied model files");
    }

    /**
     * Deletes a tree of files as far as that goes, and says in the log what is left.
     *
     * @param what the files are, for people
     */
    public static void deleteAll(Path root, String what) {
        try (Stream<Path> tree = Files.walk(root)) {
            List<Path> deepestFirst = tree.toList().reversed();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("could not delete {} in {}: {}; delete them by hand", what, root, e.toString());
        }
    }
}
