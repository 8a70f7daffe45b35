package io.nereid.server.model.config;

import java.util.Locale;

/** When models are loaded and unloaded. */
public enum ModelControlMode {
    /** All at the start, and that is all. */
    NONE,
    /** All at the start, and again whenever the repository changes. */
    POLL,
    /** Those that are named at the start, and from then on those that clients ask for. */
    EXPLICIT,
    /** Each when a request asks for it; unloaded when others need its room. */
    ON_DEMAND;

    /** Whether clients may load and unload models. */
    public boolean isControlledByClients() {
        return this == EXPLICIT || this == ON_DEMAND;
    }

    /** As the command line names it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
