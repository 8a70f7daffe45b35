package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.statistics.Explanation;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/** Writes the member {@code explain} of a model's statistics, which Triton does not have (docs/compatibility.md). */
final class ExplanationWriter {
    private ExplanationWriter() {}

    static void write(JsonGenerator json, int pending, Explanation explanation) throws IOException {
        json.writeObjectFieldStart("explain");
        json.writeNumberField("pending_count", pending);
        json.writeArrayFieldStart("batches");
        for (Explanation.ClosedBatches batches : explanation.batches()) {
            json.writeStartObject();
            json.writeNumberField("batch_size", batches.batchSize());
            json.writeNumberField("count", batches.count());
            write(json, "closed_by", batches.closedBy());
            json.writeEndObject();
        }
        json.writeEndArray();
        write(json, "closed_by", explanation.closedBy());
        write(json, "rejected", explanation.rejected());
        write(json, "threads", explanation.threads());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, Map<? extends Enum<?>, Long> counts)
            throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<? extends Enum<?>, Long> count : counts.entrySet()) {
            json.writeNumberField(count.getKey().name().toLowerCase(Locale.ROOT), count.getValue());
        }
        json.writeEndObject();
    }
}
