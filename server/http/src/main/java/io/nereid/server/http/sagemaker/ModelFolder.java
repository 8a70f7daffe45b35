package io.nereid.server.http.sagemaker;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where in the folder that the platform names the model is. It unpacks an archive to {@code <hash>/model}: that is a
 * model itself, or holds one, or an ensemble and the models that it is made of.
 *
 * @param repository the directory that has the model's
 * @param directory the name of the model's directory in it
 */
record ModelFolder(Path repository, String directory) {
    private static final String CONFIG = "config.pbtxt";
    private static final Pattern ENSEMBLE = Pattern.compile("platform\\s*:\\s*\"ensemble\"");
    /** A configuration is text that people write. */
    private static final long LONGEST_CONFIG_BYTES = 1 << 20;

    /**
     * The model in the folder {@code url}. Reads the disk.
     *
     * @param root the folder in which the platform lays models
     * @throws InferenceException INVALID_ARG if it is not in there, or it cannot be said which model is meant;
     *     NOT_FOUND if it is not there
     */
    static ModelFolder find(String url, Path root) throws InferenceException {
        Path folder = inside(url, root);
        if (!Files.isDirectory(folder)) {
            throw new InferenceException(ErrorCode.NOT_FOUND,
                    "failed to register '" + url + "', repository not found");
        }
        Path parent = folder.getParent();
        if (parent != null && Files.exists(folder.resolve(CONFIG))) {
            return new ModelFolder(parent, String.valueOf(folder.getFileName()));
        }
        return new ModelFolder(folder, only(url, models(folder)));
    }

    /** {@code ROOT/<hash>/model}, or a folder in it. */
    private static Path inside(String url, Path root) throws InferenceException {
        try {
            Path folder = Path.of(url).normalize();
            if (folder.startsWith(root)) {
                Path parts = root.relativize(folder);
                if (parts.getNameCount() >= 2 && parts.getName(1).toString().equals("model")) {
                    return folder;
                }
            }
        } catch (InvalidPathException _) {
            // no file of this system can be called that
        }
        throw new InferenceException(ErrorCode.INVALID_ARG,
                "url: got '" + url + "' (expected " + root + "/<hash>/model, or a folder in it)");
    }

    /** The directories in a folder, and whether each is an ensemble. */
    private static SortedMap<String, Boolean> models(Path folder) throws InferenceException {
        SortedMap<String, Boolean> models = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".")) {
                    models.put(name, isEnsemble(entry.resolve(CONFIG)));
                }
            }
            return models;
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "failed to read '" + folder + "': " + e, e);
        }
    }

    private static boolean isEnsemble(Path config) throws IOException {
        if (!Files.isRegularFile(config) || Files.size(config) > LONGEST_CONFIG_BYTES) {
            return false;
        }
        return ENSEMBLE.matcher(new String(Files.readAllBytes(config), StandardCharsets.UTF_8)).find();
    }

    private static String only(String url, SortedMap<String, Boolean> models) throws InferenceException {
        if (models.size() == 1) {
            return models.firstKey();
        }
        SortedMap<String, Boolean> ensembles = new TreeMap<>(models);
        ensembles.values().removeIf(isEnsemble -> !isEnsemble);
        if (ensembles.size() == 1) {
            return ensembles.firstKey();
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "url: got '" + url + "', which has the folders "
                + models.keySet() + " (expected one model, or several of which one is an ensemble)");
    }
}
