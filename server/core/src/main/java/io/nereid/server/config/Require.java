package io.nereid.server.config;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;

/** How the configuration records refuse a value. */
public final class Require {
    private Require() {}

    /**
     * Refuses a value where the condition does not hold.
     *
     * @throws IllegalArgumentException with the formatted text
     */
    @FormatMethod
    public static void that(boolean condition, @FormatString String format, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(format.formatted(arguments));
        }
    }
}
