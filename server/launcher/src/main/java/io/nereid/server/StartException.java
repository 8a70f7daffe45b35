package io.nereid.server;

import org.jspecify.annotations.Nullable;

/**
 * The server could not start. The message is one line that says what is wrong and what to do about it, fit to be shown
 * to the person who started it; everything that had been started was stopped again.
 */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        this(message, null);
    }

    public StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
