package io.nereid.server.logging;

import com.fasterxml.jackson.core.JsonGenerator;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;

/**
 * What the access log says of one inference request.
 *
 * @param time when it began to arrive
 * @param protocol {@code http}, {@code grpc} or {@code grpc-stream}
 * @param client the address it came from; empty where that is not known
 * @param id the client's name for it, empty where it gave none or was not read
 * @param model the model it names
 * @param version the version that ran it, or that it names; empty for neither
 * @param batchSize its rows; 0 where it was not read
 * @param executedRows the rows of the execution that it was in; 0 where it did not run
 * @param queueMicros how long it waited for an instance; null where it did not run, as for the next three
 * @param computeInputMicros how long inputs were put together
 * @param computeInferMicros how long the model computed
 * @param computeOutputMicros how long outputs were shared out
 * @param totalMicros from its first byte to the last of its answer
 * @param responses how many responses it had
 * @param status {@code ok}, or Triton's name of the error
 * @param httpStatus the HTTP status; 0 for gRPC
 * @param error the error that the client received; empty if nothing was wrong
 * @param bytesIn bytes of the request's body or message
 * @param bytesOut bytes of the answer's
 */
public record AccessEntry(Instant time, String protocol, String client, String id, String model, String version,
        int batchSize, int executedRows, @Nullable Long queueMicros, @Nullable Long computeInputMicros,
        @Nullable Long computeInferMicros, @Nullable Long computeOutputMicros, long totalMicros, int responses,
        String status, int httpStatus, String error, long bytesIn, long bytesOut) {

    /** The entry as one line, without its end. */
    String toJson() {
        return JsonText.of(this::writeTo);
    }

    private void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("time", time.toString());
        json.writeStringField("protocol", protocol);
        json.writeStringField("client", client);
        json.writeStringField("id", id);
        json.writeStringField("model", model);
        json.writeStringField("version", version);
        json.writeNumberField("batch_size", batchSize);
        json.writeNumberField("executed_batch_size", executedRows);
        writeMicros(json, "queue_us", queueMicros);
        writeMicros(json, "compute_input_us", computeInputMicros);
        writeMicros(json, "compute_infer_us", computeInferMicros);
        writeMicros(json, "compute_output_us", computeOutputMicros);
        json.writeNumberField("total_us", totalMicros);
        json.writeNumberField("responses", responses);
        writeOutcome(json);
        json.writeNumberField("bytes_in", bytesIn);
        json.writeNumberField("bytes_out", bytesOut);
        json.writeEndObject();
    }

    private void writeOutcome(JsonGenerator json) throws IOException {
        json.writeStringField("status", status);
        if (httpStatus != 0) {
            json.writeNumberField("http_status", httpStatus);
        }
        if (!error.isEmpty()) {
            json.writeStringField("error", error);
        }
    }

    private static void writeMicros(JsonGenerator json, String name, @Nullable Long micros) throws IOException {
        if (micros == null) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, micros);
        }
    }
}
