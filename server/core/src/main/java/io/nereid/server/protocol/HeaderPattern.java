package io.nereid.server.protocol;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The pattern that says which headers of a request become its parameters. */
public final class HeaderPattern {
    private HeaderPattern() {}

    /**
     * The compiled pattern; absent for an empty one.
     *
     * @throws IllegalArgumentException if it is no regular expression
     */
    public static Optional<Pattern> compile(String pattern) {
        if (pattern.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("headerForwardPattern: got '%s' (expected a regular expression): %s"
                    .formatted(pattern, e.getDescription()), e);
        }
    }
}
