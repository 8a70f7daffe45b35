package io.nereid.server;

/**
 * The metrics port.
 *
 * @param enabled whether there is one
 */
public record MetricsConfig(boolean enabled) {
    /** None. */
    public static final MetricsConfig DEFAULT = new MetricsConfig(false);
}
