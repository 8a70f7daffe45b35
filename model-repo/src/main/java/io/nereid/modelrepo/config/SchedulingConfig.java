package io.nereid.modelrepo.config;

/** How requests come together into executions. */
public sealed interface SchedulingConfig
        permits
        SchedulingConfig.DefaultScheduling,
        DynamicBatchingConfig,
        SequenceBatchingConfig,
        EnsembleConfig {

    /** No batching: every request is executed by itself, in the order of arrival. */
    record DefaultScheduling() implements SchedulingConfig {}
}
