package io.nereid.server.sharedmemory.posix;

import java.io.Serial;

/** A function of the C library that failed. It carries no stack trace: what failed is in the text. */
public final class PosixException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int errno;

    PosixException(String function, int errno) {
        super(function + ": " + CLibrary.describe(errno), null, false, false);
        this.errno = errno;
    }

    /** The number of the error. */
    public int errno() {
        return errno;
    }

    /** What the number means, in the C library's words. */
    public String reason() {
        return CLibrary.describe(errno);
    }
}
