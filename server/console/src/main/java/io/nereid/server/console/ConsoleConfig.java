package io.nereid.server.console;

/**
 * The console and the description of the API on the HTTP port.
 *
 * @param enabled whether they are served; without them their addresses are as unknown as any other
 */
public record ConsoleConfig(boolean enabled) {
    /** They are served. */
    public static final ConsoleConfig DEFAULT = new ConsoleConfig(true);
}
