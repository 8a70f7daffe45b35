package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;

/** Fills in the values that a configuration has when it does not say them. */
final class ConfigNormalizer {

    private static final long DEFAULT_SEQUENCE_IDLE_MICROS = 1_000_000;

    private ConfigNormalizer() {}

    static void normalize(ModelConfigProto.ModelConfig.Builder config) {
        normalizeVersionPolicy(config);
        if (config.hasDynamicBatching()) {
            config.setDynamicBatching(dynamicBatching(config.getDynamicBatching(), config.getMaxBatchSize()));
        }
        if (config.hasSequenceBatching()) {
            normalizeSequenceBatching(config.getSequenceBatchingBuilder(), config.getMaxBatchSize());
        }
        if (!config.hasEnsembleScheduling() && !config.getPlatform().equals(BackendAutofill.ENSEMBLE)) {
            normalizePinnedMemory(config.getOptimizationBuilder());
        }
    }

    private static void normalizeVersionPolicy(ModelConfigProto.ModelConfig.Builder config) {
        ModelConfigProto.ModelVersionPolicy policy = config.getVersionPolicy();
        boolean chosen = policy.hasAll() || policy.hasSpecific();
        if (!chosen && policy.getLatest().getNumVersions() == 0) {
            config.getVersionPolicyBuilder().getLatestBuilder().setNumVersions(1);
        }
    }

    static ModelConfigProto.ModelDynamicBatching dynamicBatching(ModelConfigProto.ModelDynamicBatching batching,
            int maxBatchSize) {
        return batching.getPreferredBatchSizeCount() > 0 || maxBatchSize <= 0 ? batching
                : batching.toBuilder().addPreferredBatchSize(maxBatchSize).build();
    }

    private static void normalizeSequenceBatching(ModelConfigProto.ModelSequenceBatching.Builder batching,
            int maxBatchSize) {
        if (batching.getMaxSequenceIdleMicroseconds() == 0) {
            batching.setMaxSequenceIdleMicroseconds(DEFAULT_SEQUENCE_IDLE_MICROS);
        }
        if (batching.hasOldest() && batching.getOldest().getPreferredBatchSizeCount() == 0 && maxBatchSize > 0) {
            batching.getOldestBuilder().addPreferredBatchSize(maxBatchSize);
        }
    }

    private static void normalizePinnedMemory(ModelConfigProto.ModelOptimizationPolicy.Builder optimization) {
        if (!optimization.hasInputPinnedMemory()) {
            optimization.getInputPinnedMemoryBuilder().setEnable(true);
        }
        if (!optimization.hasOutputPinnedMemory()) {
            optimization.getOutputPinnedMemoryBuilder().setEnable(true);
        }
    }
}
