package io.nereid.modelrepo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Says of a model whose files are not where they are looked for what there is instead, what was expected, and what to
 * do: clauses for messages, which begin with a small letter and have no full stop. Stateless; blocks for the disk.
 */
public final class ModelLayout {
    /** More are not listed: nobody reads on. */
    private static final int MAX_LISTED = 5;
    private static final String FIELD = "default_model_filename";
    private static final byte[] POINTER = "version https://git-lfs.github.com/spec/".getBytes(US_ASCII);
    /** A folder that somebody may have meant to be a version. */
    private static final Pattern LIKE_A_VERSION = Pattern.compile("(?:v|ver|version)?[-_. ]?0*(\\d{1,18})",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern LIKE_A_CONFIG = Pattern.compile("config\\.(pbtxt.*|pbtext|pbt|pb\\.txt|prototxt|txt)",
            Pattern.CASE_INSENSITIVE);

    /** What files of models are called, by their extensions, each with the backend that reads them. */
    private static final Map<String, String> FILES = new TreeMap<>(Map.of("model.onnx", "onnxruntime", "model.py",
            "python", "model.pt", "pytorch", "model.pt2", "pytorch", "model.plan", "tensorrt", "model.xml", "openvino",
            "model.graphdef", "tensorflow", "model.savedmodel", "tensorflow"));

    private ModelLayout() {}

    /**
     * Why a file cannot be what it should be, whatever that is: it is empty, or stands for one that was never fetched.
     *
     * @return a clause that follows the file's name; empty if nothing is wrong, also where there is no such file
     */
    public static String fault(Path file) {
        try {
            boolean empty = Files.isRegularFile(file) && Files.size(file) == 0;
            return empty ? "is empty (0 bytes): copy it again" : pointer(file);
        } catch (IOException _) {
            return ""; // whoever reads the file says it better
        }
    }

    /** As {@link #fault}, for a file that may be empty. */
    public static String pointer(Path file) {
        if (!Files.isRegularFile(file)) {
            return "";
        }
        try (InputStream content = Files.newInputStream(file)) {
            return !Arrays.equals(content.readNBytes(POINTER.length), POINTER) ? ""
                    : "is a Git LFS pointer of " + Files.size(file)
                            + " bytes, not the file itself: run 'git lfs pull' in the clone that it comes from";
        } catch (IOException _) {
            return "";
        }
    }

    /**
     * What the folder of a file that is looked for and not there has in its place.
     *
     * @param missing a file inside some directory
     * @param field the field of the configuration that names such files
     */
    public static String instead(Path missing, String field) {
        Path directory = Objects.requireNonNull(missing.getParent(), "a file inside a directory");
        String expected = missing.getFileName().toString();
        List<String> names = names(directory);
        String folder = "folder '" + directory.getFileName() + "'";
        if (names.isEmpty()) {
            return folder + (Files.isDirectory(directory) ? " is empty" : " is not there") + " (expected '" + expected
                    + "' in it)";
        }
        String near = nearest(names, expected);
        if (!near.isEmpty()) {
            return folder + " has '" + near + "' (expected '" + expected + "'): rename it"
                    + (near.equalsIgnoreCase(expected) ? ", capital and small letters are different"
                            : ", or write " + field + ": \"" + near + "\" into config.pbtxt");
        }
        return folder + " has " + listed(names) + " (expected '" + expected + "')";
    }

    /** The name in a model's directory that somebody may have given to its configuration; empty if there is none. */
    static String likeConfig(Path directory) {
        return names(directory).stream().filter(name -> LIKE_A_CONFIG.matcher(name).matches())
                .filter(name -> !name.equals("config.pbtxt")).findFirst().orElse("");
    }

    /**
     * The one that differs only by its letters' case, else the only one with the same extension; empty if none does.
     */
    private static String nearest(List<String> names, String expected) {
        List<String> sameKind = new ArrayList<>();
        for (String name : names) {
            if (name.equalsIgnoreCase(expected)) {
                return name;
            }
            if (extension(name).equals(extension(expected))) {
                sameKind.add(name);
            }
        }
        return sameKind.size() == 1 ? sameKind.getFirst() : "";
    }

    private static String extension(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /**
     * Why nothing in a version's folder shows which backend runs the model.
     *
     * @param modelDirectory the model's
     * @param firstVersion the folder that was looked into
     */
    static String noBackend(Path modelDirectory, Path firstVersion) {
        for (String file : FILES.keySet()) {
            String near = nearest(names(firstVersion), file);
            if (!near.isEmpty()) {
                return instead(firstVersion.resolve(file), FIELD)
                        + (near.equalsIgnoreCase(file) ? "" : " beside backend: \"" + FILES.get(file) + "\"");
            }
        }
        String misplaced = misplaced(modelDirectory, firstVersion.getFileName().toString());
        return misplaced.isEmpty()
                ? instead(firstVersion.resolve("model.onnx"), FIELD)
                        + "; a model of another kind needs a backend in config.pbtxt"
                : instead(firstVersion.resolve("model.onnx"), FIELD) + "; " + misplaced;
    }

    /** Why a model has no version at all. */
    static String noVersion(Path modelDirectory) {
        String misplaced = misplaced(modelDirectory, "1");
        if (!misplaced.isEmpty() && modelDirectory.getFileName().toString().matches("\\d+")) {
            return "the folder looks like a version, and its repository like a model: give the server the folder that "
                    + modelDirectory.getParent() + " is in";
        }
        List<String> parts = new ArrayList<>();
        for (String name : folders(modelDirectory)) {
            Matcher version = LIKE_A_VERSION.matcher(name);
            if (version.matches()) {
                parts.add("folder '" + name + "' is no version: rename it to '"
                        + Long.parseLong(version.group(1)) + "'");
            }
        }
        if (parts.isEmpty()) {
            parts.add(!misplaced.isEmpty() ? misplaced
                    : "there is " + (names(modelDirectory).isEmpty() ? "nothing in the model's folder"
                            : "only " + listed(names(modelDirectory))));
        }
        return String.join("; ", parts) + " (expected a folder named by a number, as '1/model.onnx')";
    }

    /** A model's file that lies beside the folder of its version; empty if there is none. */
    private static String misplaced(Path modelDirectory, String version) {
        for (String name : names(modelDirectory)) {
            for (String file : FILES.keySet()) {
                if (extension(name).equals(extension(file))) {
                    return "'" + name + "' lies in the model's own folder: move it to '" + version + "/" + file + "'";
                }
            }
        }
        return "";
    }

    /** What lies in a store's directory that has no model. */
    static String noModel(Path store) {
        List<String> names = names(store);
        return "found " + (names.isEmpty() ? "nothing" : listed(names))
                + " (expected one folder per model, as 'resnet/1/model.onnx')";
    }

    private static String listed(List<String> names) {
        List<String> first = names.subList(0, Math.min(MAX_LISTED, names.size()));
        return "'" + String.join("', '", first) + "'"
                + (names.size() > MAX_LISTED ? " and " + (names.size() - MAX_LISTED) + " more" : "");
    }

    private static List<String> folders(Path directory) {
        return names(directory).stream().filter(name -> Files.isDirectory(directory.resolve(name))).toList();
    }

    /** The names in a directory but for hidden ones, in order; none if it cannot be read. */
    private static List<String> names(Path directory) {
        SortedMap<String, Path> names = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.put(entry.getFileName().toString(), entry));
        } catch (IOException _) {
            return List.of();
        }
        return names.keySet().stream().filter(name -> !name.startsWith(".")).toList();
    }
}
