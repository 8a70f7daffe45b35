package io.nereid.modelrepo.config;

/** Fills in the values that a configuration has when it does not say them. */
final class ConfigNormalizer {

    private static final long DEFAULT_SEQUENCE_IDLE_MICROS = 1_000_000;

    private ConfigNormalizer() {}

    /** Changes the tree; doing it again changes nothing more. */
    static void normalize(MessageNode config) {
        normalizeVersionPolicy(config.obtain("version_policy"));
        long maxBatchSize = config.integer("max_batch_size");
        if (config.has("dynamic_batching")) {
            preferMaximum(config.message("dynamic_batching"), maxBatchSize);
        }
        if (config.has("sequence_batching")) {
            normalizeSequenceBatching(config.message("sequence_batching"), maxBatchSize);
        }
        if (!config.string("platform").equals(BackendAutofill.ENSEMBLE)) {
            normalizePinnedMemory(config.obtain("optimization"));
        }
    }

    private static void normalizeVersionPolicy(MessageNode policy) {
        if (!policy.has("all") && !policy.has("specific") && policy.message("latest").integer("num_versions") == 0) {
            policy.obtain("latest").set("num_versions", 1L);
        }
    }

    private static void preferMaximum(MessageNode batching, long maxBatchSize) {
        if (!batching.has("preferred_batch_size") && maxBatchSize > 0) {
            batching.add("preferred_batch_size", maxBatchSize);
        }
    }

    private static void normalizeSequenceBatching(MessageNode batching, long maxBatchSize) {
        if (batching.integer("max_sequence_idle_microseconds") == 0) {
            batching.set("max_sequence_idle_microseconds", DEFAULT_SEQUENCE_IDLE_MICROS);
        }
        if (batching.has("oldest")) {
            preferMaximum(batching.message("oldest"), maxBatchSize);
        }
    }

    private static void normalizePinnedMemory(MessageNode optimization) {
        if (!optimization.has("input_pinned_memory")) {
            optimization.obtain("input_pinned_memory").set("enable", true);
        }
        if (!optimization.has("output_pinned_memory")) {
            optimization.obtain("output_pinned_memory").set("enable", true);
        }
    }
}
