package io.nereid.perf.json;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The answers of a server's gRPC calls, as the objects that its HTTP answers are. Of each only what is used. */
public final class GrpcAnswers {
    private static final MessageSchema SERVER = new MessageSchema().text(1, "name").text(2, "version");

    private static final MessageSchema TENSOR = new MessageSchema().text(1, "name").text(2, "datatype").numbers(3,
            "shape");
    private static final MessageSchema METADATA = new MessageSchema().text(1, "name").texts(2, "versions")
            .text(3, "platform").messages(4, "inputs", TENSOR).messages(5, "outputs", TENSOR);

    private static final MessageSchema CONFIGURED = new MessageSchema().text(1, "name").truth(6, "is_shape_tensor");
    private static final MessageSchema CONFIG = new MessageSchema().text(1, "name").number(4, "max_batch_size")
            .messages(5, "input", CONFIGURED.truth(8, "optional")).messages(6, "output", CONFIGURED)
            .message(13, "sequence_batching", new MessageSchema())
            .message(15, "ensemble_scheduling",
                    new MessageSchema().messages(1, "step", new MessageSchema().text(1, "model_name")))
            .message(19, "model_transaction_policy", new MessageSchema().truth(1, "decoupled"));
    private static final MessageSchema CONFIG_ANSWER = new MessageSchema().message(1, "config", CONFIG);

    private static final MessageSchema DURATIONS = new MessageSchema().number(1, "count").number(2, "ns");
    private static final MessageSchema INFERENCES = new MessageSchema().message(1, "success", DURATIONS)
            .message(2, "fail", DURATIONS).message(3, "queue", DURATIONS).message(4, "compute_input", DURATIONS)
            .message(5, "compute_infer", DURATIONS).message(6, "compute_output", DURATIONS)
            .message(7, "cache_hit", DURATIONS).message(8, "cache_miss", DURATIONS);
    private static final MessageSchema BATCH = new MessageSchema().number(1, "batch_size")
            .message(2, "compute_input", DURATIONS).message(3, "compute_infer", DURATIONS)
            .message(4, "compute_output", DURATIONS);
    private static final MessageSchema STATISTICS = new MessageSchema().messages(1, "model_stats",
            new MessageSchema().text(1, "name").text(2, "version").number(4, "inference_count")
                    .number(5, "execution_count").message(6, "inference_stats", INFERENCES)
                    .messages(7, "batch_stats", BATCH));

    private GrpcAnswers() {}

    /** A {@code ServerMetadataResponse}: {@code GET /v2}. */
    public static JsonObject serverMetadata(ByteBuffer message) throws IOException {
        return SERVER.read(message);
    }

    /** A {@code ModelMetadataResponse}: {@code GET /v2/models/M}. */
    public static JsonObject modelMetadata(ByteBuffer message) throws IOException {
        return METADATA.read(message);
    }

    /** The config of a {@code ModelConfigResponse}: {@code GET /v2/models/M/config}. */
    public static JsonObject modelConfig(ByteBuffer message) throws IOException {
        return CONFIG_ANSWER.read(message).object("config");
    }

    /** A {@code ModelStatisticsResponse}: {@code GET /v2/models/M/stats}. */
    public static JsonObject modelStatistics(ByteBuffer message) throws IOException {
        return STATISTICS.read(message);
    }
}
