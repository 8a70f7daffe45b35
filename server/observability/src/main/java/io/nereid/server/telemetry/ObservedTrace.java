package io.nereid.server.telemetry;

import io.nereid.inference.RequestTrace;
import io.nereid.server.logging.JsonText;
import io.nereid.server.tracing.TraceContext;
import io.nereid.server.tracing.TraceSpan;
import io.nereid.server.tracing.TraceStart;
import org.jspecify.annotations.Nullable;

/**
 * The trace of an observed request, as the request carries it.
 *
 * @param start how it came to be traced
 */
record ObservedTrace(TraceStart start) implements RequestTrace {
    @Override
    public @Nullable String context() {
        TraceSpan span = start.span();
        return span == null ? null : JsonText.of(json -> {
            json.writeStartObject();
            json.writeStringField(TraceContext.PARENT, span.parent());
            if (!span.state().isEmpty()) {
                json.writeStringField(TraceContext.STATE, span.state());
            }
            json.writeEndObject();
        });
    }
}
