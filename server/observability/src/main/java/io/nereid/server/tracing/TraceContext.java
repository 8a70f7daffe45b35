package io.nereid.server.tracing;

import org.jspecify.annotations.Nullable;

import java.util.regex.Pattern;

/**
 * The trace that a request is part of at its client, as W3C's headers carry it.
 *
 * @param parent the value of {@code traceparent}, well-formed
 * @param state the value of {@code tracestate}, empty for none
 */
public record TraceContext(String parent, String state) {
    /** The header that names the trace and the span in it. */
    public static final String PARENT = "traceparent";
    /** The header with what tracing systems add. */
    public static final String STATE = "tracestate";

    private static final Pattern FORM = Pattern
            .compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

    /** The context in these headers; null if there is none that can be read. */
    static @Nullable TraceContext of(@Nullable String parent, @Nullable String state) {
        if (parent == null || !FORM.matcher(parent.strip()).matches()) {
            return null;
        }
        return new TraceContext(parent.strip(), state == null ? "" : state);
    }
}
