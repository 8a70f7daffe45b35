package io.nereid.bench.load;

import java.io.Serial;

/** No figures can be had, for a reason the person at the terminal can do something about. */
public final class LoadException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    /** An error described in one line. */
    public LoadException(String message) {
        super(message);
    }
}
