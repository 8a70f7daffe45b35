package io.nereid.backend.device;

import java.io.Serial;

/** A function of CUDA's driver that failed; the text names it and what it reported. */
public final class CudaException extends Exception {
    /** What the driver reports when a GPU, or the host's memory that it may pin, is full. */
    public static final int OUT_OF_MEMORY = 2;

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * A failure.
     *
     * @param function that failed
     * @param status what it returned
     * @param name what the driver calls that
     */
    public CudaException(String function, int status, String name) {
        super(function + ": " + name + " (" + status + ")", null, false, false);
        this.status = status;
    }

    /** Whether there was no memory left for it; the GPU works on. */
    public boolean isOutOfMemory() {
        return status == OUT_OF_MEMORY;
    }
}
