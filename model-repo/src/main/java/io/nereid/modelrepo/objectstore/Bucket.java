package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The objects of one bucket. Thread-safe; every method blocks. Errors are {@link IOException}s whose texts name the
 * cause and hold no credentials.
 */
interface Bucket extends AutoCloseable {
    /**
     * An object as a listing shows it.
     *
     * @param key its whole name
     * @param tag changes whenever the content does
     * @param size in bytes
     */
    record Item(String key, String tag, long size) {}

    /**
     * What lies directly under a prefix: the names up to the next slash that several objects may share, with that
     * slash.
     */
    List<String> folders(String prefix) throws IOException;

    /**
     * All objects under a prefix.
     *
     * @throws IOException also if there are more than {@code max}
     */
    List<Item> list(String prefix, int max) throws IOException;

    /**
     * Copies the content of an object to a file that does not exist yet.
     *
     * @throws ObjectChangedException if it no longer has that content
     */
    void download(Item item, Path file) throws IOException;

    @Override
    void close();
}
