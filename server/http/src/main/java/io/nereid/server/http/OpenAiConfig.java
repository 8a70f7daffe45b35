package io.nereid.server.http;

import io.nereid.server.protocol.Restrictions;

/**
 * OpenAI's routes on the HTTP port.
 *
 * @param enabled whether they are served; without them their addresses are as unknown as any other
 * @param restrictions what only some clients may call there, beside what is restricted on the whole port
 */
public record OpenAiConfig(boolean enabled, Restrictions restrictions) {
    /** They are not served. */
    public static final OpenAiConfig OFF = new OpenAiConfig(false, Restrictions.NONE);
}
