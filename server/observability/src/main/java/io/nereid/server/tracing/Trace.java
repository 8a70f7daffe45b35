package io.nereid.server.tracing;

import java.util.List;

/**
 * What was recorded of one request, once its answer has gone.
 *
 * @param start how it came to be traced
 * @param model the model's name
 * @param version the version that ran it
 * @param requestId the client's name for the request, empty where it gave none
 * @param error what went wrong, empty for nothing
 * @param events what happened, in the order of their times
 * @param memory what the events are held in; who has the trace releases it when it is written or dropped
 */
public record Trace(TraceStart start, String model, long version, String requestId, String error,
        List<TraceEvent> events, TraceMemory memory) {
    public Trace {
        events = List.copyOf(events);
    }
}
