package io.nereid.server.logging;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * How a line begins, in Triton's two forms (docs/logging-and-tracing.md): {@code LMMDD hh:mm:ss.ssssss pid name] }, and
 * {@code YYYY-MM-DDThh:mm:ss.ssssssZ L pid name] }. Times are UTC.
 *
 * @param pid the process's number
 */
record LineHead(long pid) {
    private static final DateTimeFormatter DEFAULT = DateTimeFormatter.ofPattern("MMdd HH:mm:ss.SSSSSS", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter ISO8601 = DateTimeFormatter
            .ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    void append(StringBuilder line, LoggingConfig.Format format, Instant time, Severity severity, String place) {
        switch (format) {
            case DEFAULT -> {
                line.append(severity.letter());
                DEFAULT.formatTo(time, line);
            }
            case ISO8601 -> {
                ISO8601.formatTo(time, line);
                line.append(' ').append(severity.letter());
            }
        }
        line.append(' ').append(pid).append(' ').append(place).append("] ");
    }
}
