package io.nereid.statistics;

/** Why a batch was closed: what made an idle instance run just these requests, now. */
public enum CloseReason {
    /** It had reached a preferred batch size. */
    PREFERRED_SIZE,
    /**
     * It had {@code max_batch_size} rows, or the next request would have gone past that or past the largest preferred
     * size.
     */
    FULL,
    /** Its oldest request had waited for others as long as {@code max_queue_delay_microseconds} lets it. */
    DELAY,
    /** A request would otherwise have waited for others longer than half of its timeout. */
    DEADLINE,
    /** The instance took all queued requests of one shape, while requests of other shapes were queued. */
    SHAPE,
    /**
     * Batches of this model were measured to run no faster than their rows one by one: a larger one would only have
     * kept its clients waiting for each other.
     */
    ADAPTIVE_LIMIT,
    /** The instance was idle and took all there was. */
    INSTANCE_IDLE,
    /** The model is being unloaded, or the server stops: what is queued runs without waiting for more. */
    CLOSING
}
