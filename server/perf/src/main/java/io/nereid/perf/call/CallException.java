package io.nereid.perf.call;

import java.io.IOException;

/** The server answered with an error, which the message repeats. */
public final class CallException extends IOException {
    private static final long serialVersionUID = 1;

    /** With the server's status and text. */
    public CallException(String message) {
        super(message);
    }
}
