package io.nereid.server.tracing;

import org.jspecify.annotations.Nullable;

/**
 * A request that was chosen to be traced.
 *
 * @param sampler chose it, or the request for whose sake it is made
 * @param id the trace's number, from 1
 * @param context the trace of its client; null for none
 * @param parent that of the request for whose sake it is made; null for a client's request
 * @param span what its span is called where traces are spans; null elsewhere
 */
public record TraceStart(TraceSampler sampler, long id, @Nullable TraceContext context, @Nullable TraceStart parent,
        @Nullable TraceSpan span) {
    /** A client's request whose trace is no span. */
    TraceStart(TraceSampler sampler, long id) {
        this(sampler, id, null, null, null);
    }

    /** The number of the parent's trace; 0 without one. */
    public long parentId() {
        return parent == null ? 0 : parent.id;
    }

    /** Whether times are recorded. */
    public boolean wantsTimestamps() {
        return sampler.settings().levels().contains(TraceLevel.TIMESTAMPS);
    }

    /** Whether tensors are recorded. */
    public boolean wantsTensors() {
        return sampler.settings().levels().contains(TraceLevel.TENSORS);
    }
}
