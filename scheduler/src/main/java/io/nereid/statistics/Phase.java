package io.nereid.statistics;

/** A part of a successful request's time that is added up on its own. */
public enum Phase {
    /** From the arrival to the end of the execution. */
    REQUEST,
    /** Waiting for an instance. */
    QUEUE,
    /** Preparing the inputs. */
    COMPUTE_INPUT,
    /** Computing. */
    COMPUTE_INFER,
    /** Sharing out the outputs. */
    COMPUTE_OUTPUT
}
