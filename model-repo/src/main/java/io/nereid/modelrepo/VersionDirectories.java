package io.nereid.modelrepo;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Finds the versions in a model's directory: sub-directories whose name is a number without leading zeros. */
final class VersionDirectories {

    private static final Logger LOG = LoggerFactory.getLogger(VersionDirectories.class);
    /** Directories of a model that are for something else. */
    private static final Set<String> RESERVED = Set.of("warmup", "initial_state", "configs");

    private VersionDirectories() {}

    static NavigableMap<Long, Path> list(ModelDirectory model) {
        NavigableMap<Long, Path> versions = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(model.path(), Files::isDirectory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                long version = RESERVED.contains(name) ? -1 : number(model.name(), name);
                if (version >= 0) {
                    versions.put(version, entry);
                }
            }
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to list the versions of model '" + model.name() + "' in "
                    + model.path() + ": " + e + "; check that the directory can be read", e);
        }
        return versions;
    }

    /** The number that the name of a directory is, or -1 if it is none. */
    private static long number(String model, String directory) {
        if (directory.length() > 1 && directory.charAt(0) == '0' && isDigits(directory)) {
            LOG.warn("ignoring version directory '{}' of model '{}': its name has leading zeros", directory, model);
            return -1;
        }
        try {
            return isDigits(directory) ? Long.parseLong(directory) : ignore(model, directory);
        } catch (NumberFormatException _) {
            return ignore(model, directory);
        }
    }

    private static long ignore(String model, String directory) {
        LOG.warn("ignoring directory '{}' of model '{}': its name is not the number of a version", directory, model);
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
