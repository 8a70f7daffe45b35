package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.sequence.ControlInput;
import io.nereid.scheduler.sequence.SequenceControls;
import io.nereid.scheduler.sequence.SequenceLimits;
import io.nereid.scheduler.sequence.SequenceStrategy;
import io.nereid.server.model.SignatureOfConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How the requests of a model's sequences are queued, as its {@code sequence_batching} says (docs/sequences.md).
 *
 * @param strategy which requests run together
 * @param limits how many sequences there may be, and how long they may do nothing
 * @param preserveOrdering whether responses keep the order of the requests
 * @param controls the inputs that the server fills
 */
record SequenceSettings(SequenceStrategy strategy, SequenceLimits limits, boolean preserveOrdering,
        List<ControlInput> controls) {
    SequenceSettings {
        controls = List.copyOf(controls);
    }

    /**
     * The settings of a complete configuration.
     *
     * @throws InferenceException INVALID_ARG if a parameter makes no sense, or a tensor would have two values
     */
    static SequenceSettings of(ModelConfig config, SequenceBatchingConfig batching) throws InferenceException {
        checkControlInputs(config, batching);
        checkStates(config, batching);
        boolean ordered = batching.strategy() instanceof SequenceBatchingConfig.Oldest oldest
                && oldest.preserveOrdering();
        return new SequenceSettings(strategy(config, batching), QueueSettings.ofSequences(config, batching), ordered,
                controls(batching));
    }

    /** What Triton takes until a request comes, which then has the tensor twice or not at all. */
    private static void checkControlInputs(ModelConfig config, SequenceBatchingConfig batching)
            throws InferenceException {
        for (SequenceBatchingConfig.ControlInput input : batching.controlInputs()) {
            String tensor = "sequence batching control tensor '" + input.name() + "' ";
            if (input.controls().isEmpty()) {
                throw invalid(tensor + "must have a control for " + config.name());
            }
            if (input.controls().size() > 1) {
                throw invalid(tensor + "is specified for multiple control kinds for " + config.name());
            }
            if (config.input(input.name()) != null) {
                throw invalid(tensor + "is an input of " + config.name()
                        + " too (expected another name: clients give inputs, the server gives control tensors)");
            }
        }
    }

    private static void checkStates(ModelConfig config, SequenceBatchingConfig batching) throws InferenceException {
        for (SequenceBatchingConfig.State state : batching.states()) {
            if (config.input(state.inputName()) != null) {
                throw invalid("state '" + state.inputName() + "' of " + config.name()
                        + " is an input too (expected another name: clients give inputs, the server gives states)");
            }
        }
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }

    private static SequenceStrategy strategy(ModelConfig config, SequenceBatchingConfig batching) {
        int rows = Math.max(1, config.maxBatchSize());
        return switch (batching.strategy()) {
            case SequenceBatchingConfig.Direct direct -> new SequenceStrategy.Direct(rows,
                    TimeUnit.NANOSECONDS.convert(direct.maxQueueDelay()), direct.minimumSlotUtilization());
            case SequenceBatchingConfig.Oldest oldest -> new SequenceStrategy.Oldest(
                    oldest.maxCandidateSequences() > 0 ? oldest.maxCandidateSequences() : rows,
                    new BatchPolicy(rows, preferred(oldest, rows),
                            TimeUnit.NANOSECONDS.convert(oldest.maxQueueDelay())));
        };
    }

    /** A model without a batch dimension runs its requests alone, whatever is preferred. */
    private static List<Integer> preferred(SequenceBatchingConfig.Oldest oldest, int rows) {
        return oldest.preferredBatchSizes().stream().filter(size -> size <= rows).toList();
    }

    private static List<ControlInput> controls(SequenceBatchingConfig batching) {
        List<ControlInput> controls = new ArrayList<>();
        for (SequenceBatchingConfig.ControlInput input : batching.controlInputs()) {
            for (SequenceBatchingConfig.Control control : input.controls()) {
                controls.add(control(input.name(), control));
            }
        }
        return controls;
    }

    private static ControlInput control(String name, SequenceBatchingConfig.Control control) {
        return switch (control.kind()) {
            case CORRID -> new ControlInput.Id(name, SignatureOfConfig.dataType(control.tensorType()));
            case START -> flag(name, control, ControlInput.Fact.START);
            case END -> flag(name, control, ControlInput.Fact.END);
            case READY -> flag(name, control, ControlInput.Fact.READY);
        };
    }

    private static ControlInput flag(String name, SequenceBatchingConfig.Control control, ControlInput.Fact fact) {
        List<Double> values = switch (control.tensorType()) {
            case INT32 -> control.int32FalseTrue().stream().map(Integer::doubleValue).toList();
            case FP32 -> control.fp32FalseTrue();
            default -> control.boolFalseTrue().stream().map(value -> value ? 1.0 : 0.0).toList();
        };
        return new ControlInput.Flag(name, fact, SignatureOfConfig.dataType(control.tensorType()), values.getFirst(),
                values.getLast());
    }

    /** What fills the control inputs of that model; {@code memory} is where its requests lie. */
    SequenceControls controls(ModelConfig config, TensorAllocator memory) {
        return new SequenceControls(config.name(), controls, config.maxBatchSize() > 0, memory);
    }

    /** For the log: how requests come together. */
    String describe(SequenceBatchingConfig batching) {
        String how = switch (strategy) {
            case SequenceStrategy.Direct direct -> direct.rows() + " sequences at a time, each with a row of its own";
            case SequenceStrategy.Oldest oldest -> oldest.candidates() + " sequences at a time, batches of up to "
                    + oldest.batches().maxBatchSize() + " of their oldest requests";
        };
        return (batching.iterative() ? "iterative " : "") + "sequences, on each instance " + how + "; one ends after "
                + batching.maxSequenceIdle().toNanos() / 1000
                + " us without a request";
    }
}
