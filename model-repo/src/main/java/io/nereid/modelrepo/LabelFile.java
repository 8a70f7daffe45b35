package io.nereid.modelrepo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The labels of the classes of an output: one per line, the first for class 0. */
public final class LabelFile {

    private LabelFile() {}

    /**
     * Reads the labels.
     *
     * @param modelDirectory the model's directory
     * @param labelFilename the file, relative to it; links may not lead out of it
     * @throws ModelRepositoryException if the file is not inside, cannot be read or is no text; the message begins as
     *     Triton's where there is no such file
     */
    public static List<String> read(Path modelDirectory, String labelFilename) {
        try {
            Path file = InnerFile.find(modelDirectory, labelFilename, "label file");
            String pointer = ModelLayout.pointer(file);
            if (!pointer.isEmpty()) {
                throw new ModelRepositoryException("label file " + file + " " + pointer);
            }
            return List.copyOf(Files.readAllLines(file));
        } catch (NoSuchFileException e) {
            Path file = modelDirectory.resolve(labelFilename);
            throw new ModelRepositoryException("failed to open text file for read " + file
                    + ": No such file or directory; "
                    + ModelLayout.instead(file, "label_filename"), e);
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to read label file '" + labelFilename + "' of model directory "
                    + modelDirectory + ": " + e + "; check 'label_filename' of the model's outputs", e);
        }
    }
}
