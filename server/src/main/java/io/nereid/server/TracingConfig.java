package io.nereid.server;

import java.util.Optional;

/**
 * Which requests are traced at the start, and where traces go.
 *
 * @param file the file to write to; absent for none
 */
public record TracingConfig(Optional<String> file) {
    /** Nothing is traced. */
    public static final TracingConfig DEFAULT = new TracingConfig(Optional.empty());
}
