package io.nereid.statistics;

/** Why a request that had reached the scheduler failed; the words of Triton's metrics (docs/compatibility.md). */
public enum FailureReason {
    /** Its timeout passed while it was queued. */
    REJECTED,
    /** Its client gave it up, while it was queued or while it ran. */
    CANCELED,
    /** The model, or what runs it, failed. */
    BACKEND,
    /** Anything else. */
    OTHER
}
