package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

/** The executions of one batch size. */
public record BatchDurations(Durations computeInput, Durations computeInfer, Durations computeOutput) {
    static final BatchDurations NONE = new BatchDurations(Durations.NONE, Durations.NONE, Durations.NONE);

    static BatchDurations of(JsonObject batch) {
        return new BatchDurations(Durations.of(batch.object("compute_input")),
                Durations.of(batch.object("compute_infer")), Durations.of(batch.object("compute_output")));
    }

    BatchDurations plus(BatchDurations other) {
        return new BatchDurations(computeInput.plus(other.computeInput), computeInfer.plus(other.computeInfer),
                computeOutput.plus(other.computeOutput));
    }

    BatchDurations minus(BatchDurations before) {
        return new BatchDurations(computeInput.minus(before.computeInput), computeInfer.minus(before.computeInfer),
                computeOutput.minus(before.computeOutput));
    }
}
