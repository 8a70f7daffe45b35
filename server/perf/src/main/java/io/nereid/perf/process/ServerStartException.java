package io.nereid.perf.process;

import java.io.IOException;

/** A server did not become ready; the message has what it said. */
public final class ServerStartException extends IOException {
    private static final long serialVersionUID = 1;

    ServerStartException(String message) {
        super(message);
    }
}
