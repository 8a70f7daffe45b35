package io.nereid.server.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version this server was built as, and that of the Triton it behaves as. */
public final class Version {
    /** The version of Triton whose behaviour this server has. */
    public static final String TRITON = "2.73.0";

    private Version() {}

    /** The version of the build, such as {@code 0.1.0}; read from the jar at every call. */
    public static String current() {
        try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException("version.properties of the server's own jar cannot be read", e);
        }
    }
}
