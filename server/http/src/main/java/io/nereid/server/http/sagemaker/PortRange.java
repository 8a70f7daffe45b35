package io.nereid.server.http.sagemaker;

import org.jspecify.annotations.Nullable;

/**
 * Some ports.
 *
 * @param first the lowest of them
 * @param last the highest of them
 */
public record PortRange(int first, int last) {
    private static final int HIGHEST = 65535;

    /** The range {@code FIRST-LAST}; null if the text is none. */
    static @Nullable PortRange parse(String text) {
        int dash = text.indexOf('-');
        try {
            PortRange range = new PortRange(Integer.parseInt(text.substring(0, Math.max(0, dash))),
                    Integer.parseInt(text.substring(dash + 1)));
            return range.first >= 0 && range.first <= range.last && range.last <= HIGHEST ? range : null;
        } catch (NumberFormatException _) {
            return null;
        }
    }

    /** Whether a port is one of them. */
    public boolean has(int port) {
        return port >= first && port <= last;
    }
}
