package io.nereid.server.tracing;

import org.jspecify.annotations.Nullable;

/**
 * A request that was chosen to be traced.
 *
 * @param sampler chose it
 * @param id the trace's number, from 1
 * @param context the trace of its client; null for none
 */
public record TraceStart(TraceSampler sampler, long id, @Nullable TraceContext context) {
    /** Whether times are recorded. */
    public boolean wantsTimestamps() {
        return sampler.settings().levels().contains(TraceLevel.TIMESTAMPS);
    }

    /** Whether tensors are recorded. */
    public boolean wantsTensors() {
        return sampler.settings().levels().contains(TraceLevel.TENSORS);
    }
}
