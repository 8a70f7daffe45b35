package io.nereid.modelrepo;

import java.io.IOException;
import java.nio.file.Files;
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
     * @throws ModelRepositoryException if the file is not inside or cannot be read
     */
    public static List<String> read(Path modelDirectory, String labelFilename) {
        try {
            Path file = InnerFile.find(modelDirectory, labelFilename, "label file");
            return List.copyOf(Files.readAllLines(file));
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to read label file '" + labelFilename + "' of model directory "
                    + modelDirectory + ": " + e + "; check 'label_filename' of the model's outputs", e);
        }
    }
}
