package io.nereid.server.tracing;

import io.nereid.server.logging.JsonLine;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Writes a trace the way Triton's trace files have it (docs/logging-and-tracing.md). */
final class TraceJson {
    private TraceJson() {}

    /** The objects of a trace, separated by commas. */
    static String of(Trace trace) {
        long id = trace.start().id();
        JsonLine head = new JsonLine().number("id", id).text("model_name", trace.model()).number("model_version",
                trace.version());
        if (!trace.requestId().isEmpty()) {
            head.text("request_id", trace.requestId());
        }
        StringBuilder all = new StringBuilder(head.end());
        for (TraceEvent event : trace.events()) {
            all.append(',').append(event(id, event));
        }
        return all.toString();
    }

    private static String event(long id, TraceEvent event) {
        return switch (event) {
            case TraceEvent.Timestamp(String name, long nanos) -> new JsonLine().number("id", id)
                    .raw("timestamps", "[" + new JsonLine().text("name", name).number("ns", nanos).end() + "]").end();
            case TraceEvent.TensorActivity(String activity, long _, TensorCopy tensor) -> new JsonLine()
                    .number("id", id).text("activity", activity).raw("tensor", tensor(tensor)).end();
        };
    }

    private static String tensor(TensorCopy tensor) {
        String shape = LongStream.range(0, tensor.shape().rank())
                .mapToObj(dim -> Long.toString(tensor.shape().dim((int) dim))).collect(Collectors.joining(","));
        return new JsonLine().text("name", tensor.name()).text("data", TensorText.data(tensor)).text("shape", shape)
                .text("dtype", tensor.dataType().name()).end();
    }
}
