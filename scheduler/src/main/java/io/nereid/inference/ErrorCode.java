package io.nereid.inference;

/** Triton's error codes: what went wrong, for a program. What it means on the wire is the front ends' matter. */
public enum ErrorCode {
    /** Anything that has no better code. */
    UNKNOWN("Unknown"),
    /** An internal error of the server or of a model while it ran, or a request body that is no valid JSON. */
    INTERNAL("Internal"),
    /** The named model, version, file or region does not exist. */
    NOT_FOUND("Not found"),
    /** The request contradicts the protocol or the model's configuration. */
    INVALID_ARG("Invalid argument"),
    /** Not now: the server or the model is not ready, a queue is full, a deadline has passed. Trying again may help. */
    UNAVAILABLE("Unavailable"),
    /** Understood, but not offered by this server, model or protocol. */
    UNSUPPORTED("Unsupported"),
    /** What should be created is there already. */
    ALREADY_EXISTS("Already exists"),
    /** The client gave the request up. */
    CANCELLED("Cancelled");

    private final String words;

    ErrorCode(String words) {
        this.words = words;
    }

    /** The text with this code in front, as Triton gives the reasons of models: {@code Internal: no such file}. */
    public String before(String text) {
        return words + ": " + text;
    }
}
