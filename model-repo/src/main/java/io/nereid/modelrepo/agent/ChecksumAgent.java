package io.nereid.modelrepo.agent;

import io.nereid.modelrepo.FileDigests;
import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelRepositoryException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * Compares files with what they should be: a parameter {@code MD5:<file in the model's directory>} has the digest of that
 * file, in hexadecimal digits. Texts are Triton's. Stateless.
 */
final class ChecksumAgent implements RepositoryAgent {
    @Override
    public String name() {
        return "checksum";
    }

    @Override
    public void beforeLoad(ModelDirectory model, SortedMap<String, String> parameters) {
        parameters.forEach((key, expected) -> check(model.path(), key, expected));
    }

    private static void check(Path directory, String key, String expected) {
        int colon = key.indexOf(':');
        if (colon < 0) {
            throw new ModelRepositoryException("failed to parse key: " + key + " (expected MD5:<file in the model's"
                    + " directory>)");
        }
        String algorithm = key.substring(0, colon);
        if (!algorithm.equalsIgnoreCase("MD5")) {
            throw new ModelRepositoryException("Unsupported checksum algorithm: " + algorithm + " (expected MD5)");
        }
        String file = key.substring(colon + 1);
        String found = md5(directory, file);
        if (!found.equalsIgnoreCase(expected)) {
            throw new ModelRepositoryException("Mismatched MD5 hash for file " + file + ", expect: " + expected
                    + ", got: " + found);
        }
    }

    /** A load request may bring a configuration: its paths must not lead to other files of this machine. */
    private static String md5(Path directory, String file) {
        try {
            Path path = directory.resolve(file).normalize();
            if (!path.startsWith(directory.normalize()) || !Files.isRegularFile(path)) {
                throw new ModelRepositoryException("failed to open text file for read " + file
                        + ": there is no such file in the model's directory");
            }
            return FileDigests.md5(path);
        } catch (InvalidPathException | IOException e) {
            throw new ModelRepositoryException("failed to open text file for read " + file + ": " + e.getMessage());
        }
    }
}
