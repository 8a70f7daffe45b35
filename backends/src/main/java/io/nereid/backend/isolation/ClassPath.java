package io.nereid.backend.isolation;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * A class path as Java reads it: folders, jars, all jars of a folder by a star, and what the manifests of jars name, as that
 * of a jar that is started by {@code java -jar}.
 *
 * @param text its entries, separated as the system does
 */
record ClassPath(String text) {
    private static final String ALL_JARS = "*";
    private static final String JAR = ".jar";

    /** Whether a class is there. Reads directories and the tables of jars. */
    boolean has(String className) {
        String file = className.replace('.', '/') + ".class";
        Set<Path> seen = new HashSet<>();
        return !text.isEmpty() && Arrays.stream(text.split(File.pathSeparator, -1)).flatMap(ClassPath::expanded)
                .anyMatch(entry -> has(entry, file, seen));
    }

    private static Stream<Path> expanded(String entry) {
        try {
            boolean isStar = entry.equals(ALL_JARS) || entry.endsWith(File.separator + ALL_JARS);
            Path path = Path.of(isStar ? entry.substring(0, entry.length() - 1) : entry).toAbsolutePath().normalize();
            return isStar ? jars(path).stream() : Stream.of(path);
        } catch (InvalidPathException _) {
            return Stream.empty();
        }
    }

    private static List<Path> jars(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(JAR)).toList();
        } catch (IOException _) { // Java passes over it too
            return List.of();
        }
    }

    private static boolean has(Path entry, String file, Set<Path> seen) {
        if (!seen.add(entry)) {
            return false;
        }
        if (!Files.isRegularFile(entry)) {
            return Files.isRegularFile(entry.resolve(file));
        }
        try (JarFile jar = new JarFile(entry.toFile())) {
            return jar.getEntry(file) != null
                    || named(jar).anyMatch(path -> has(entry.resolveSibling(path), file, seen));
        } catch (IOException | InvalidPathException _) { // Java passes over it too
            return false;
        }
    }

    /** What the manifest names, relative to the jar or by {@code file:}. */
    private static Stream<Path> named(JarFile jar) throws IOException {
        Manifest manifest = jar.getManifest();
        String names = manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
        return names == null ? Stream.empty()
                : Stream.of(names.strip().split("\\s+")).map(name -> name.replaceFirst("^file:", "")).map(Path::of);
    }
}
