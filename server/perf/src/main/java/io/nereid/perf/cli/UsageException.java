package io.nereid.perf.cli;

/** The command was written wrong; the message says to the user what to change. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
