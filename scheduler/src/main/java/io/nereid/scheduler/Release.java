package io.nereid.scheduler;

/**
 * What a model of iterative sequences does with a request whose execution is over; the names are those of Triton's
 * release flags.
 */
public enum Release {
    /** The request is over, and with it the sequence if nothing of it is queued. */
    ALL,
    /** The request goes back into its sequence, and runs again in a later batch. */
    RESCHEDULE
}
