package io.nereid.modelrepo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Files that whoever asks for a load sends along, to be used in place of those of the repository. They lie in a temporary
 * directory until they are taken, or this is closed. Not thread-safe; not for an event loop.
 */
public final class OverrideFiles implements AutoCloseable {
    private static final int DEEPEST = 16;

    private final Path root;
    private final Path content;
    private boolean any;
    private boolean taken;

    /** @throws ModelRepositoryException if there is no place for them */
    public OverrideFiles() {
        try {
            root = Files.createTempDirectory("nereid-override-");
            content = Files.createDirectory(root.resolve("model"));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static ModelRepositoryException failed(IOException cause) {
        return new ModelRepositoryException("the files of a load request could not be written to "
                + System.getProperty("java.io.tmpdir") + ": " + cause + "; make room there, or set java.io.tmpdir",
                cause);
    }

    /**
     * A new file, to be written and closed.
     *
     * @param path where it belongs in the model's directory, {@code 1/model.onnx}
     * @throws ModelRepositoryException if that is not inside of it, or cannot be written
     */
    public OutputStream create(String path) {
        Path file = inside(path);
        any = true;
        try {
            Files.createDirectories(file.getParent());
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path inside(String path) {
        try {
            Path relative = Path.of(path);
            Path file = content.resolve(relative).normalize();
            if (!relative.isAbsolute() && relative.getNameCount() >= 2 && relative.getNameCount() <= DEEPEST
                    && relative.equals(relative.normalize())
                    && file.startsWith(content)) {
                return file;
            }
        } catch (InvalidPathException _) {
            // said below
        }
        throw new ModelRepositoryException(
                "file override 'file:" + path
                        + "': expected 'file:<version>/<file name>' inside the model's directory");
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
