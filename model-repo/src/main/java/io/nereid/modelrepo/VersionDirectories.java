package io.nereid.modelrepo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds the versions in a model's directory: sub-directories whose name is a number without leading zeros. */
final class VersionDirectories {

    /** Directories of a model that are for something else. */
    private static final Set<String> RESERVED = Set.of("warmup", "initial_state", "configs");

    private VersionDirectories() {}

    /**
     * The versions by number.
     *
     * @param warnings gets a text for each other directory, in Triton's words at first
     */
    static NavigableMap<Long, Path> list(ModelDirectory model, List<String> warnings) {
        Set<Path> inOrder = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(model.path(), Files::isDirectory)) {
            entries.forEach(inOrder::add);
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to list the versions of model '" + model.name() + "' in "
                    + model.path() + ": " + e + "; check that the directory can be read", e);
        }
        NavigableMap<Long, Path> versions = new TreeMap<>();
        for (Path directory : inOrder) {
            String name = directory.getFileName().toString();
            long version = RESERVED.contains(name) ? -1 : number(name, warnings);
            if (version >= 0) {
                versions.put(version, directory);
            }
        }
        return versions;
    }

    /** The number that the name of a directory is, or -1 if it is none. */
    private static long number(String directory, List<String> warnings) {
        if (directory.length() > 1 && directory.charAt(0) == '0' && isDigits(directory)) {
            String number = directory.replaceFirst("^0+(?=\\d)", "");
            warnings.add("ignore version directory '" + directory + "' which contains leading zeros in its directory"
                    + " name; rename it to '" + number + "' if it is a version");
            return -1;
        }
        try {
            return isDigits(directory) ? Long.parseLong(directory) : ignore(directory, warnings);
        } catch (NumberFormatException _) {
            return ignore(directory, warnings);
        }
    }

    private static long ignore(String directory, List<String> warnings) {
        warnings.add("ignore version directory '" + directory + "' which fails to convert to integral number;"
                + " name it by a number if it is a version");
        return -1;
    }

    private static boolean isDigits(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
