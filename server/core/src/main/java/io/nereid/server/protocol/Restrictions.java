package io.nereid.server.protocol;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;

/**
 * Calls that are answered only to who knows a secret ({@code --http-restricted-api}, {@code
 * --grpc-restricted-protocol}). Immutable and thread-safe.
 *
 * @param requirements what a call of a category must bring; categories that are not in it are open
 */
public record Restrictions(Map<ApiCategory, Requirement> requirements) {
    /** Everything is open. */
    public static final Restrictions NONE = new Restrictions(Map.of());

    public Restrictions {
        requirements = Map.copyOf(requirements);
    }

    /**
     * A header line that a call must have.
     *
     * @param header its name; case does not matter
     * @param value its value, which is a secret
     */
    public record Requirement(String header, String value) {
        /**
         * Whether a call with that value of the header, null for none, may pass. Takes the same time for every wrong
         * value.
         */
        public boolean isMetBy(@Nullable String given) {
            return given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8),
                    value.getBytes(StandardCharsets.UTF_8));
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return header;
        }
    }

    /** What a call of that category must bring; null for nothing. */
    public @Nullable Requirement of(ApiCategory category) {
        return requirements.get(category);
    }

    /** These, and for categories that they leave open what {@code others} require. */
    public Restrictions orElse(Restrictions others) {
        Map<ApiCategory, Requirement> all = new HashMap<>(others.requirements);
        all.putAll(requirements);
        return new Restrictions(all);
    }
}
