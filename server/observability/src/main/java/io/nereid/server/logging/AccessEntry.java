package io.nereid.server.logging;

import org.jspecify.annotations.Nullable;

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
 * @param error what the client was told; empty if nothing was wrong
 * @param bytesIn bytes of the request's body or message
 * @param bytesOut bytes of the answer's
 */
public record AccessEntry(Instant time, String protocol, String client, String id, String model, String version,
        int batchSize, int executedRows, @Nullable Long queueMicros, @Nullable Long computeInputMicros,
        @Nullable Long computeInferMicros, @Nullable Long computeOutputMicros, long totalMicros, int responses,
        String status, int httpStatus, String error, long bytesIn, long bytesOut) {

    /** The entry as one line, without its end. */
    String toJson() {
        JsonLine line = new JsonLine().text("time", time.toString()).text("protocol", protocol).text("client", client)
                .text("id", id).text("model", model).text("version", version).number("batch_size", batchSize)
                .number("executed_batch_size", executedRows).number("queue_us", queueMicros)
                .number("compute_input_us", computeInputMicros).number("compute_infer_us", computeInferMicros)
                .number("compute_output_us", computeOutputMicros).number("total_us", totalMicros)
                .number("responses", responses).text("status", status);
        if (httpStatus != 0) {
            line.number("http_status", httpStatus);
        }
        if (!error.isEmpty()) {
            line.text("error", error);
        }
        return line.number("bytes_in", bytesIn).number("bytes_out", bytesOut).end();
    }
}
