package io.nereid.server.config;

/** The command line cannot be followed. The message is one line that says what is wrong and what to do. */
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /** One with that message. */
    public UsageException(String message) {
        super(message);
    }
}
