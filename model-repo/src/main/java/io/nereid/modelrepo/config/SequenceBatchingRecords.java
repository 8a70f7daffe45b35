package io.nereid.modelrepo.config;

/** Makes the records of sequence batching; apart from the others because few models load it. */
final class SequenceBatchingRecords {

    private SequenceBatchingRecords() {}

    static SequenceBatchingConfig sequenceBatching(MessageNode batching) {
        return new SequenceBatchingConfig(strategy(batching),
                ModelConfigRecords.micros(batching, "max_sequence_idle_microseconds"),
                batching.list("control_input",
                        input -> new SequenceBatchingConfig.ControlInput(input.string("name"),
                                input.list("control", SequenceBatchingRecords::control))),
                batching.list("state", SequenceBatchingRecords::state), batching.bool("iterative_sequence"));
    }

    private static SequenceBatchingConfig.Strategy strategy(MessageNode batching) {
        if (!batching.has("oldest")) {
            MessageNode direct = batching.message("direct");
            return new SequenceBatchingConfig.Direct(ModelConfigRecords.micros(direct, "max_queue_delay_microseconds"),
                    (float) direct.decimal("minimum_slot_utilization"));
        }
        MessageNode oldest = batching.message("oldest");
        return new SequenceBatchingConfig.Oldest(oldest.int32("max_candidate_sequences"),
                oldest.int32s("preferred_batch_size"),
                ModelConfigRecords.micros(oldest, "max_queue_delay_microseconds"),
                oldest.bool("preserve_ordering"));
    }

    private static SequenceBatchingConfig.Control control(MessageNode control) {
        SequenceBatchingConfig.Control.Kind kind = ModelConfigRecords
                .constant(SequenceBatchingConfig.Control.Kind.values(), control, "kind");
        return new SequenceBatchingConfig.Control(kind, control.int32s("int32_false_true"),
                control.decimals("fp32_false_true"), control.bools("bool_false_true"),
                ModelConfigRecords.dataType(control));
    }

    private static SequenceBatchingConfig.State state(MessageNode state) {
        return new SequenceBatchingConfig.State(state.string("input_name"), state.string("output_name"),
                ModelConfigRecords.dataType(state), state.integers("dims"),
                state.list("initial_state", SequenceBatchingRecords::initialState),
                state.bool("use_same_buffer_for_input_output"), state.bool("use_growable_memory"));
    }

    private static SequenceBatchingConfig.InitialState initialState(MessageNode state) {
        return new SequenceBatchingConfig.InitialState(state.string("name"), ModelConfigRecords.dataType(state),
                state.integers("dims"), state.has("data_file") ? state.string("data_file") : "");
    }
}
