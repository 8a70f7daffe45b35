package io.nereid.modelrepo.config;

import java.util.List;

/** Checks the preferred batch sizes of either batcher against the largest batch of the model. */
final class BatchSizeValidator {

    private final ModelConfig config;
    private final Problems problems;

    private BatchSizeValidator(ModelConfig config, Problems problems) {
        this.config = config;
        this.problems = problems;
    }

    static void validate(ModelConfig config, Problems problems) {
        BatchSizeValidator validator = new BatchSizeValidator(config, problems);
        if (config.scheduling() instanceof DynamicBatchingConfig batching) {
            validator.check("dynamic batching preferred size", "dynamic_batching.preferred_batch_size",
                    batching.preferredBatchSizes());
        }
        if (config.scheduling() instanceof SequenceBatchingConfig batching
                && batching.strategy() instanceof SequenceBatchingConfig.Oldest oldest) {
            validator.check("sequence batching preferred batch size", "sequence_batching.oldest.preferred_batch_size",
                    oldest.preferredBatchSizes());
        }
    }

    private void check(String what, String path, List<Integer> sizes) {
        int max = config.maxBatchSize();
        for (int i = 0; i < sizes.size(); i++) {
            int size = sizes.get(i);
            String tooLarge = what + " must be <= max batch size for " + config.name() + ", got " + size
                    + " with max_batch_size " + max;
            if (size <= 0) {
                problems.wrong(path + "[" + i + "]",
                        what + " must be positive for " + config.name() + ", got " + size);
            } else if (max == 0) {
                problems.missing(path + "[" + i + "]", tooLarge);
            } else if (max > 0 && size > max) {
                problems.wrong(path + "[" + i + "]", tooLarge);
            }
        }
    }
}
