package io.nereid.statistics;

/** Why a request ended without being run. */
public enum Rejection {
    /** The queue of its priority level was full. */
    QUEUE_FULL,
    /** Its deadline had passed, or its answer was predicted for later than that, or than its model's latency target. */
    TIMEOUT,
    /** The server as a whole held as many requests, or as many bytes of them, as it may. */
    OVERLOAD,
    /** No instance of its model version worked, and none was being made at that moment. */
    NO_INSTANCE,
    /** Its client cancelled it, or went away. */
    CANCELLED,
    /** Its body could not be read as a request, or contradicts itself. */
    MALFORMED,
    /** It was read, and does not fit its model: other names, types or shapes. */
    MISMATCH,
    /** The call it came by does not offer that model, as one for a single response and a decoupled model. */
    UNSUPPORTED
}
