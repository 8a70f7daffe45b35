package io.nereid.modelrepo.config;

import java.time.Duration;
import java.util.List;

/**
 * How the requests of a sequence find their instance.
 *
 * @param maxSequenceIdle after which a sequence without requests loses its slot
 * @param iterative whether the backend may put a request back to be run again
 */
public record SequenceBatchingConfig(Strategy strategy, Duration maxSequenceIdle, List<ControlInput> controlInputs,
        List<State> states, boolean iterative) implements SchedulingConfig {

    public SequenceBatchingConfig {
        controlInputs = List.copyOf(controlInputs);
        states = List.copyOf(states);
    }

    /** How a batch is formed from the requests of different sequences. */
    public sealed interface Strategy {}

    /**
     * Every sequence has a fixed row of the batch of one instance.
     *
     * @param minimumSlotUtilization share of rows, 0 to 1, at which a batch does not wait for more
     */
    public record Direct(Duration maxQueueDelay, float minimumSlotUtilization) implements Strategy {}

    /**
     * The oldest requests of different sequences are batched.
     *
     * @param maxCandidateSequences sequences that an instance handles at a time; 0 for the default
     */
    public record Oldest(int maxCandidateSequences, List<Integer> preferredBatchSizes, Duration maxQueueDelay,
            boolean preserveOrdering)
            implements
                Strategy {
        public Oldest {
            preferredBatchSizes = List.copyOf(preferredBatchSizes);
        }
    }

    /** An input of the model that the server fills with facts about the sequence. */
    public record ControlInput(String name, List<Control> controls) {
        public ControlInput {
            controls = List.copyOf(controls);
        }
    }

    /**
     * One fact and how it is given to the model: as one of two values, or, for {@link Kind#CORRID}, as the correlation
     * id itself.
     *
     * @param int32FalseTrue the two values if they are integers, else empty; the other pairs likewise
     * @param dataType of the correlation id
     */
    public record Control(Kind kind, List<Integer> int32FalseTrue, List<Double> fp32FalseTrue,
            List<Boolean> boolFalseTrue, DataType dataType) {

        /** The fact. */
        public enum Kind {
            START,
            READY,
            END,
            CORRID
        }

        /** The element type of the tensor that says it. */
        public DataType tensorType() {
            if (kind == Kind.CORRID) {
                return dataType;
            }
            if (!int32FalseTrue.isEmpty()) {
                return DataType.INT32;
            }
            return fp32FalseTrue.isEmpty() ? DataType.BOOL : DataType.FP32;
        }

        /** Copies the lists. */
        public Control {
            int32FalseTrue = List.copyOf(int32FalseTrue);
            fp32FalseTrue = List.copyOf(fp32FalseTrue);
            boolFalseTrue = List.copyOf(boolFalseTrue);
        }
    }

    /** The inputs that the server fills with facts about a sequence, one element each, as a backend sees them. */
    public List<ModelInput> controlTensors() {
        return controlInputs.stream().filter(input -> !input.controls().isEmpty())
                .map(input -> ModelInput.of(input.name(), input.controls().getFirst().tensorType(), List.of(1L)))
                .toList();
    }

    /** A tensor that goes from an output of one request to an input of the next of the sequence. */
    public record State(String inputName, String outputName, DataType dataType, List<Long> dims,
            List<InitialState> initialStates, boolean useSameBufferForInputOutput, boolean useGrowableMemory) {
        public State {
            dims = List.copyOf(dims);
            initialStates = List.copyOf(initialStates);
        }
    }

    /**
     * The state at the start of a sequence.
     *
     * @param dataFile in the model's directory {@code initial_state}; empty for zeros
     */
    public record InitialState(String name, DataType dataType, List<Long> dims, String dataFile) {
        public InitialState {
            dims = List.copyOf(dims);
        }
    }
}
