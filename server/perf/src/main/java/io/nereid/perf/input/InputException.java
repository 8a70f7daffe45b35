package io.nereid.perf.input;

/** The flags or the file give no inputs that the model could take; the message says to the user what to change. */
public final class InputException extends Exception {
    private static final long serialVersionUID = 1;

    public InputException(String message) {
        super(message);
    }
}
