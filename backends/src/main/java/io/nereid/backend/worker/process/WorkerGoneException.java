package io.nereid.backend.worker.process;

import java.io.Serial;

/** The process of a worker has ended, or says what nobody understands and was ended. The message says how. */
public final class WorkerGoneException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean overdue;

    /**
     * Says how it ended.
     *
     * @param overdue whether the server ended it since a limit of time had passed
     */
    public WorkerGoneException(String message, boolean overdue) {
        super(message);
        this.overdue = overdue;
    }

    /** Whether the server ended it since a limit of time had passed. */
    public boolean isOverdue() {
        return overdue;
    }
}
