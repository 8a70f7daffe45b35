package io.nereid.server.http.sagemaker;

/** What {@code POST /invocations} is. */
public enum InferenceType {
    /** The v2 protocol's {@code infer}. */
    INFER,
    /** Flat JSON, answered by the like. */
    GENERATE,
    /** Flat JSON, answered by events. */
    GENERATE_STREAM
}
