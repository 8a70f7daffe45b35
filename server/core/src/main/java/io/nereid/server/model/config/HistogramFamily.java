package io.nereid.server.model.config;

/** A histogram of the metrics whose buckets a model's configuration may set, by {@code model_metrics}. */
public enum HistogramFamily {
    /** Triton's, in milliseconds. */
    FIRST_RESPONSE("nv_inference_first_response_histogram_ms", 6),
    /** From arrival to the end of the execution, in seconds. */
    REQUESTS("nereid_inference_request_duration_seconds", 9),
    /** Waiting for an instance, in seconds. */
    QUEUE("nereid_inference_queue_duration_seconds", 9),
    /** On an instance, in seconds. */
    COMPUTE("nereid_inference_compute_duration_seconds", 9),
    /** Rows of an execution. */
    BATCH_SIZE("nereid_inference_batch_size", 0);

    private final String metric;
    private final int decimals;

    HistogramFamily(String metric, int decimals) {
        this.metric = metric;
        this.decimals = decimals;
    }

    /** Its name. */
    public String metric() {
        return metric;
    }

    /** By how many decimal places its unit is larger than what is recorded: nanoseconds, or rows. */
    public int decimals() {
        return decimals;
    }
}
