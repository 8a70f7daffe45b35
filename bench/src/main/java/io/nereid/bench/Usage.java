package io.nereid.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The help texts of {@code bench/run}. Each lies in a file, {@code bench/src/main/resources/usage/<name>.txt}, where
 * the script finds it before anything is built.
 */
public final class Usage {
    private Usage() {}

    /** The text of that name, which is there: the names are those in the code. */
    public static String of(String name) {
        try (InputStream file = Objects.requireNonNull(Usage.class.getResourceAsStream("/usage/" + name + ".txt"),
                name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
