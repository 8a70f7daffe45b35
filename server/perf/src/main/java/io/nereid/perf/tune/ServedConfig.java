package io.nereid.perf.tune;

import io.nereid.perf.json.JsonObject;

import java.util.List;

/**
 * What of a configuration, as the server completed it, decides what can be tuned.
 *
 * @param maxBatchSize 0 for a model without batches
 * @param takesThreads whether an instance computes with a number of threads that the configuration can say
 * @param onGpu whether the instances are on GPUs
 */
record ServedConfig(int maxBatchSize, boolean takesThreads, boolean onGpu) {
    private static final String ONNX_RUNTIME = "onnxruntime";

    /**
     * Reads it.
     *
     * @throws TuneException if it is a model that this search does not know how to set
     */
    static ServedConfig of(JsonObject config) throws TuneException {
        if (config.has("sequence_batching")) {
            throw new TuneException("it takes sequences, whose load this program cannot make yet");
        }
        if (config.object("model_transaction_policy").isTrue("decoupled")) {
            throw new TuneException("it is decoupled, and its answers do not come one for each request");
        }
        List<JsonObject> groups = config.objects("instance_group");
        boolean onGpu = !groups.isEmpty() && groups.getFirst().text("kind").equals("KIND_GPU");
        return new ServedConfig((int) config.number("max_batch_size"),
                config.text("backend").equals(ONNX_RUNTIME) && !onGpu, onGpu);
    }
}
