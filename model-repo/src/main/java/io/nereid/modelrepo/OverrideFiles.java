package io.nereid.modelrepo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Files that whoever asks for a load sends along, to be used in place of those of the repository. They lie in a
 * temporary directory until they are taken, or this is closed. Not thread-safe; not for an event loop.
 */
public final class OverrideFiles implements AutoCloseable {
    private static final int MAX_NAMES = 16;
    /** What file systems take. */
    private static final int MAX_NAME_BYTES = 255;
    /** Enough for people, and far from what systems take. */
    private static final int MAX_PATH_BYTES = 1024;
    private static final int SHOWN_CHARS = 100;

    private final Path root;
    private final Path content;
    private boolean any;
    private boolean taken;

    /** @throws ModelRepositoryException if there is no place for them */
    public OverrideFiles() {
        try {
            root = TemporaryFolders.create(null, "override");
            content = Files.createDirectory(root.resolve("model"));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static ModelRepositoryException failed(IOException cause) {
        return new ModelRepositoryException("the files of a load request could not be written to "
                + System.getProperty("java.io.tmpdir") + ": " + cause + "; free space there, or set java.io.tmpdir",
                cause);
    }

    /**
     * A new file, to be written and closed.
     *
     * @param path where it belongs in the model's directory, {@code 1/model.onnx}
     * @throws ModelRepositoryException if that is not inside of it, or cannot be written; the text says which
     */
    public OutputStream create(String path) {
        Path relative = checked(path);
        checkFree(path, relative);
        Path file = content.resolve(relative);
        any = true;
        try {
            Files.createDirectories(file.getParent());
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** A path that leads to a file inside, by names that every file system takes. */
    private static Path checked(String path) {
        Path relative = parsed(path);
        Path normal = relative.normalize();
        if (relative.isAbsolute()) {
            throw invalid(path, "is an absolute path");
        }
        if (normal.startsWith("..")) {
            throw invalid(path, "leads out of the model's directory");
        }
        if (path.isEmpty() || path.endsWith("/") || !normal.equals(relative)) {
            throw invalid(path, "does not name a file");
        }
        if (relative.getNameCount() > MAX_NAMES) {
            throw invalid(path, "has " + relative.getNameCount() + " names, may have at most " + MAX_NAMES);
        }
        for (Path name : relative) {
            checkLength(path, "a file's name must not be longer than", name, MAX_NAME_BYTES);
        }
        checkLength(path, "the whole must not be longer than", relative, MAX_PATH_BYTES);
        return relative;
    }

    private static Path parsed(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw invalid(path, "is no path on this system: " + e.getReason());
        }
    }

    private static void checkLength(String path, String what, Path name, int max) {
        int length = name.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > max) {
            throw invalid(path, what + " " + max + " bytes, got " + length);
        }
    }

    /** No other file of the request may be where this one has a directory, or the other way round. */
    private void checkFree(String path, Path relative) {
        Path place = content;
        for (Path name : relative) {
            if (Files.isRegularFile(place)) {
                throw invalid(path, "lies in '" + content.relativize(place) + "', which is a file of this request");
            }
            place = place.resolve(name);
        }
        if (Files.isDirectory(place)) {
            throw invalid(path, "is a directory of this request");
        }
    }

    private static ModelRepositoryException invalid(String path, String why) {
        String shown = path.length() <= SHOWN_CHARS ? path : path.substring(0, SHOWN_CHARS) + "...";
        return new ModelRepositoryException("file override 'file:" + shown + "': " + why
                + " (expected 'file:<version>/<file name>', inside the model's directory)");
    }

    /** Whether there is no file. */
    public boolean isEmpty() {
        return !any;
    }

    /** The files as those of a model; from here on they are deleted with its last user. */
    public ModelFiles take(String model) {
        taken = true;
        return ModelFiles.copy(new ModelDirectory(model, content), root);
    }

    /** Deletes the files, unless they were taken. */
    @Override
    public void close() {
        if (!taken) {
            ModelFiles.deleteAll(root);
        }
    }
}
