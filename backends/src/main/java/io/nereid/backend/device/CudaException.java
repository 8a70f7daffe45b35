package io.nereid.backend.device;

import java.io.Serial;

/** A function of CUDA's driver that failed; the text names it and what it reported. */
public final class CudaException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    CudaException(String function, int status, String name) {
        super(function + ": " + name + " (" + status + ")", null, false, false);
    }
}
