package io.nereid.modelrepo;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A file that a model's configuration names, inside the model's directory. Stateless. */
public final class InnerFile {
    private InnerFile() {}

    /**
     * The file itself, behind all links.
     *
     * @param modelDirectory the model's directory
     * @param relative the file, relative to it; neither it nor a link may lead out of it
     * @param what how messages call it, as {@code label file}
     * @throws ModelRepositoryException if the file is not inside
     * @throws IOException if there is no such file
     */
    public static Path find(Path modelDirectory, String relative, String what) throws IOException {
        Path directory = modelDirectory.toRealPath();
        Path file;
        try {
            file = directory.resolve(relative).toRealPath();
        } catch (InvalidPathException e) {
            throw new IOException("'" + relative + "' is no name of a file: " + e.getMessage(), e);
        }
        if (!file.startsWith(directory)) {
            throw new ModelRepositoryException(what + " '" + relative + "' of model directory " + modelDirectory
                    + " must be inside that directory, but is " + file);
        }
        return file;
    }
}
