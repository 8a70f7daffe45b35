package io.nereid.server.observation;

import java.util.Objects;

/**
 * An argument of a log message that may take several lines: each but the first is written indented, so that none can be
 * taken for an event of its own. Line ends in any other argument are escaped.
 *
 * @param text the lines
 */
public record MultiLine(String text) {
    public MultiLine {
        Objects.requireNonNull(text, "text");
    }

    @Override
    public String toString() {
        return text;
    }
}
