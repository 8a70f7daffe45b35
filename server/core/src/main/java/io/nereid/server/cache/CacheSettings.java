package io.nereid.server.cache;

import io.nereid.server.config.UsageException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The settings of one cache as they were given, read one by one. Used by one thread. */
final class CacheSettings {
    private final String cache;
    private final Map<String, String> values;
    private final Set<String> known = new TreeSet<>();

    CacheSettings(String cache, Map<String, String> values) {
        this.cache = cache;
        this.values = values;
    }

    private @Nullable String value(String key) {
        known.add(key);
        return values.get(key);
    }

    /** A text that must be there. */
    String text(String key, String missing) throws UsageException {
        String value = value(key);
        if (value == null || value.isBlank()) {
            throw new UsageException(missing);
        }
        return value;
    }

    /** A text that may be in the environment instead; empty if it is in neither. */
    String secret(String key, String variable) {
        String value = value(key);
        String given = value == null ? System.getenv(variable) : value;
        return given == null ? "" : given;
    }

    /** A number that must be there. */
    long number(String key, long min, long max, String missing) throws UsageException {
        return whole(key, text(key, missing), min, max);
    }

    /** A number with a default. */
    int integer(String key, int min, int byDefault) throws UsageException {
        String value = value(key);
        return value == null ? byDefault : (int) whole(key, value, min, Integer.MAX_VALUE);
    }

    Duration millis(String key, int byDefault) throws UsageException {
        return Duration.ofMillis(integer(key, 0, byDefault));
    }

    boolean flag(String key) throws UsageException {
        String value = value(key);
        return switch (value == null ? "false" : value) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw wrong(key, value, "true or false");
        };
    }

    private long whole(String key, String value, long min, long max) throws UsageException {
        try {
            long number = Long.parseLong(value.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw wrong(key, value, "a whole number, " + min + " or more");
    }

    private UsageException wrong(String key, @Nullable String value, String expected) {
        return new UsageException(
                "--cache-config=%s,%s: got '%s' (expected %s)".formatted(cache, key, value, expected));
    }

    /** @throws UsageException if a setting was given that was not read */
    void checkAllKnown() throws UsageException {
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                throw new UsageException("--cache-config=%s,%s: unknown setting (expected one of %s)".formatted(cache,
                        key, String.join(", ", known)));
            }
        }
    }
}
