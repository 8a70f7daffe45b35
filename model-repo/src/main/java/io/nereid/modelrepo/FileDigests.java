package io.nereid.modelrepo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Hashes files, each once for as long as its size, its times and its place on the disk stay the same. Thread-safe. */
public final class FileDigests {
    private static final int CHUNK_BYTES = 1 << 20;

    /** By directory, then by the file's path relative to it: each directory costs what it holds, and no other's. */
    private final Map<Path, Map<String, Known>> known = new ConcurrentHashMap<>();

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
        Map<String, Known> before = known.getOrDefault(directory, Map.of());
        Map<String, Known> now = new HashMap<>();
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
                            String name = directory.relativize(file).toString();
                            Known digest = digest(file, attributes, before.get(name));
                            now.put(name, digest);
                            digests.put(name, digest.digest);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        known.put(directory, now);
        return digests;
    }

    private static Known digest(Path file, BasicFileAttributes attributes, @Nullable Known before)
            throws IOException {
        Outside outside = Outside.of(attributes);
        return before != null && before.outside.equals(outside) ? before
                : new Known(outside, hash(file, attributes.size()));
    }

    /**
     * The SHA-256 of what a file contains, in hexadecimal digits. Reads the whole file.
     *
     * @param byteSize how long it is, so that a short one takes a short buffer; another length does no harm
     */
    public static String hash(Path file, long byteSize) throws IOException {
        return hash(file, byteSize, sha256());
    }

    /** The MD5 of what a file contains, likewise: what people compare files by, and no protection against forgery. */
    public static String md5(Path file) throws IOException {
        return hash(file, Files.size(file), digest("MD5"));
    }

    private static String hash(Path file, long byteSize, MessageDigest hash) throws IOException {
        byte[] chunk = new byte[Math.clamp(byteSize + 1, 1, CHUNK_BYTES)]; // one more, to see the end
        try (InputStream content = Files.newInputStream(file)) {
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                hash.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    /** The hash of a text, likewise. */
    public static String hash(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest sha256() {
        return digest("SHA-256");
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
