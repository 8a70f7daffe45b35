package io.nereid.perf.tune;

/** The search cannot go on; the message says why, and what to do. */
public final class TuneException extends Exception {
    private static final long serialVersionUID = 1;

    /** With a text for the user. */
    public TuneException(String message) {
        super(message);
    }
}
