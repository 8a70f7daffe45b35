package io.nereid.server.tracing;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the span of one request is called in its trace, chosen before the span is made: models and child requests refer
 * to it while the request runs.
 *
 * @param traceId 32 hexadecimal digits, as in W3C's {@code traceparent}
 * @param spanId 16 of them
 * @param state the value of {@code tracestate}, empty for none
 */
public record TraceSpan(String traceId, String spanId, String state) {
    private static final HexFormat HEX = HexFormat.of();
    private static final int TRACE_ID_AT = 3;
    private static final int TRACE_ID_DIGITS = 32;

    /** A span in the trace of the client; without one, in a trace of its own. */
    static TraceSpan in(@Nullable TraceContext client) {
        return client == null ? new TraceSpan(randomId() + randomId(), randomId(), "")
                : new TraceSpan(client.parent().substring(TRACE_ID_AT, TRACE_ID_AT + TRACE_ID_DIGITS), randomId(),
                        client.state());
    }

    /** Another span in the same trace. */
    TraceSpan another() {
        return new TraceSpan(traceId, randomId(), state);
    }

    /** The value of the header by which others refer to the span. */
    public String parent() {
        return "00-" + traceId + "-" + spanId + "-01";
    }

    /** Sixteen digits that are not all zero. */
    private static String randomId() {
        return HEX.toHexDigits(ThreadLocalRandom.current().nextLong() | 1);
    }
}
