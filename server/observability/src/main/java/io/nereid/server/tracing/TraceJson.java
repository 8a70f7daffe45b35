package io.nereid.server.tracing;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.logging.JsonText;

import java.io.IOException;
import java.io.Writer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Writes a trace the way Triton's trace files have it (docs/logging-and-tracing.md). */
final class TraceJson {
    private TraceJson() {}

    /** Writes the objects of a trace, separated by commas. */
    static void write(Trace trace, Writer to) throws IOException {
        JsonText.write(to, json -> {
            writeHead(json, trace);
            for (TraceEvent event : trace.events()) {
                writeEvent(json, trace.start().id(), event);
            }
        });
    }

    private static void writeHead(JsonGenerator json, Trace trace) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", trace.start().id());
        json.writeStringField("model_name", trace.model());
        json.writeNumberField("model_version", trace.version());
        if (!trace.requestId().isEmpty()) {
            json.writeStringField("request_id", trace.requestId());
        }
        if (trace.start().parentId() != 0) {
            json.writeNumberField("parent_id", trace.start().parentId());
        }
        json.writeEndObject();
    }

    private static void writeEvent(JsonGenerator json, long id, TraceEvent event) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", id);
        switch (event) {
            case TraceEvent.Timestamp(String name, long nanos) -> writeTimestamp(json, name, nanos);
            case TraceEvent.TensorActivity(String activity, long _, TensorCopy tensor) -> {
                json.writeStringField("activity", activity);
                writeTensor(json, tensor);
            }
        }
        json.writeEndObject();
    }

    private static void writeTimestamp(JsonGenerator json, String name, long nanos) throws IOException {
        json.writeArrayFieldStart("timestamps");
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeNumberField("ns", nanos);
        json.writeEndObject();
        json.writeEndArray();
    }

    private static void writeTensor(JsonGenerator json, TensorCopy tensor) throws IOException {
        json.writeObjectFieldStart("tensor");
        json.writeStringField("name", tensor.name());
        json.writeStringField("data", TensorText.data(tensor));
        json.writeStringField("shape", shape(tensor));
        json.writeStringField("dtype", tensor.dataType().name());
        json.writeEndObject();
    }

    private static String shape(TensorCopy tensor) {
        return LongStream.range(0, tensor.shape().rank())
                .mapToObj(dim -> Long.toString(tensor.shape().dim((int) dim))).collect(Collectors.joining(","));
    }
}
