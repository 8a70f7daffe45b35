package io.nereid.inference;

/** Triton's error codes: what went wrong, for a program. What it means on the wire is the front ends' matter. */
public enum ErrorCode {
    /** Anything that has no better code. */
    UNKNOWN,
    /** A defect of the server or of a model while it ran, or a request body that is no valid JSON. */
    INTERNAL,
    /** The named model, version, file or region does not exist. */
    NOT_FOUND,
    /** The request contradicts the protocol or the model's configuration. */
    INVALID_ARG,
    /** Not now: the server or the model is not ready, a queue is full, a deadline has passed. Trying again may help. */
    UNAVAILABLE,
    /** Understood, but not offered by this server, model or protocol. */
    UNSUPPORTED,
    /** What should be created is there already. */
    ALREADY_EXISTS,
    /** The client gave the request up. */
    CANCELLED
}
