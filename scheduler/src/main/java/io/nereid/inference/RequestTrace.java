package io.nereid.inference;

import java.util.Optional;

/** The trace of one request: what a model passes on, so that what it asks of others is seen as a part of it. */
public interface RequestTrace {
    /** What other programs need to take part: a JSON object of headers; empty if the trace is not shared with them. */
    Optional<String> context();
}
