package io.nereid.modelrepo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Hashes files, each once for as long as its size, its times and its place on the disk stay the same. Thread-safe. */
final class FileDigests {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Map<Path, Known> known = new ConcurrentHashMap<>();

    /** What a file looked like from outside when it was hashed. */
    private record Outside(long size, long modifiedNanos, String key) {
        static Outside of(BasicFileAttributes attributes) {
            long modified = attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS);
            return new Outside(attributes.size(), modified, String.valueOf(attributes.fileKey()));
        }
    }

    private record Known(Outside outside, String digest) {}

    /**
     * The digests of all files below a directory, by their path relative to it, and its sub-directories, which have a
     * {@code /} behind their names. Links are followed.
     */
    SortedMap<String, String> of(Path directory) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        Files.walkFileTree(directory, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path below, BasicFileAttributes attributes) {
                        if (!below.equals(directory)) {
                            digests.put(directory.relativize(below) + "/", "");
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        if (attributes.isRegularFile()) {
                            digests.put(directory.relativize(file).toString(), digest(file, attributes));
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        known.keySet().removeIf(file -> file.startsWith(directory)
                && !digests.containsKey(directory.relativize(file).toString()));
        return digests;
    }

    private String digest(Path file, BasicFileAttributes attributes) throws IOException {
        Outside outside = Outside.of(attributes);
        Known before = known.get(file);
        if (before != null && before.outside().equals(outside)) {
            return before.digest();
        }
        String digest = hash(file);
        known.put(file, new Known(outside, digest));
        return digest;
    }

    private static String hash(Path file) throws IOException {
        MessageDigest hash;
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream content = Files.newInputStream(file)) {
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                hash.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }
}
