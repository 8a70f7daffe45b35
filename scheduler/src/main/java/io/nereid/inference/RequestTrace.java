package io.nereid.inference;

import org.jspecify.annotations.Nullable;

/**
 * The trace that one request is recorded in. Whoever makes another request for the sake of this one hands it on, so
 * that the other one's trace is a child of it. Immutable.
 */
public interface RequestTrace {
    /**
     * The W3C trace context as a JSON object of its headers ({@code traceparent}, and {@code tracestate} where there is
     * one), by which whoever runs the request can add spans to its trace; null where traces are not of that kind.
     */
    @Nullable
    String context();
}
