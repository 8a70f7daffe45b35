package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.concurrent.TimeUnit;

/**
 * What is said of sequences, in Triton's words where it has some (docs/compatibility.md).
 *
 * @param model its name
 */
record SequenceErrors(String model, SequenceLimits limits) {
    private static final int SHOWN_CHARS = 128;

    /** A client may choose an id of many thousand characters, and the log is not its to fill. */
    private static String shown(CorrelationId sequence) {
        String text = sequence.toString();
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    }

    InferenceException notBegun(CorrelationId sequence) {
        return new InferenceException(ErrorCode.INVALID_ARG, "inference request for sequence " + shown(sequence)
                + " to model '" + model + "' must specify the START flag on the first request of the sequence");
    }

    InferenceException tooManyOpen(int open) {
        return new InferenceException(ErrorCode.UNAVAILABLE, "model '" + model + "' has " + open
                + " open sequences (expected fewer than batching.max_open_sequences, " + limits.maxOpen()
                + ", for one more to begin)").withRetryAfter(1);
    }

    InferenceException noMemory(SequenceMemory memory) {
        return new InferenceException(ErrorCode.UNAVAILABLE, "open sequences take " + memory.heldBytes()
                + " bytes of heap (expected at most " + memory.maxBytes()
                + " for those of all models together): end some,"
                + " or lower max_sequence_idle_microseconds of model '" + model + "'").withRetryAfter(1);
    }

    /** A warning, not an error: the sequence goes on. */
    String conflict(CorrelationId sequence) {
        return "sequence " + shown(sequence) + " for model '" + model
                + "' has a conflict. The previous sequence did not end"
                + " before this sequence start. Previous sequence will be terminated early.";
    }

    /** The client of an iterative sequence has not read for too long. */
    InferenceException gaveWay() {
        return new InferenceException(ErrorCode.UNAVAILABLE, "the sequence has ended: its client has not taken what one"
                + " execution of model '" + model + "' sent for longer than max_sequence_idle_microseconds, "
                + TimeUnit.NANOSECONDS.toMicros(limits.idleNanos()) + ", while other sequences waited for its place");
    }

    InferenceException ended() {
        return new InferenceException(ErrorCode.CANCELLED,
                "the sequence has ended: another request of it was cancelled or has waited too long");
    }

    InferenceException lost(String why) {
        return new InferenceException(ErrorCode.UNAVAILABLE, "the sequence has ended, since the instance of model '"
                + model + "' is gone that had its state: " + why + "; begin it again with the START flag");
    }

    InferenceException timeout() {
        return new InferenceException(ErrorCode.UNAVAILABLE,
                "timeout of the corresponding sequence has been expired").withRetryAfter(1);
    }
}
