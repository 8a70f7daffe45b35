package io.nereid.server.protocol;

import java.util.Arrays;
import java.util.Optional;

/** The groups of calls that can be restricted, by the names that Triton's flags give them. */
public enum ApiCategory {
    HEALTH("health"),
    METADATA("metadata"),
    INFERENCE("inference"),
    SHARED_MEMORY("shared-memory"),
    MODEL_CONFIG("model-config"),
    MODEL_REPOSITORY("model-repository"),
    STATISTICS("statistics"),
    TRACE("trace"),
    LOGGING("logging");

    private final String flagName;

    ApiCategory(String flagName) {
        this.flagName = flagName;
    }

    /** Its name on the command line. */
    public String flagName() {
        return flagName;
    }

    /** The category of that name on the command line. */
    public static Optional<ApiCategory> named(String name) {
        return Arrays.stream(values()).filter(category -> category.flagName.equals(name)).findFirst();
    }
}
