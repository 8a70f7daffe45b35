package io.nereid.bench.load;

import java.io.Serial;

/** No figures can be had, for a reason the person at the terminal can do something about. */
final class LoadException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    LoadException(String message) {
        super(message);
    }
}
