package io.nereid.backend.worker.message;

import java.io.IOException;
import java.io.Serial;

/** A worker has written what no worker writes: whatever it is, nothing it says can be relied upon any more. */
public final class MalformedFrameException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Says what was there and what was expected. */
    public MalformedFrameException(String message) {
        super(message);
    }
}
