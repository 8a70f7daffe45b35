package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;

import java.util.List;

/** Makes the records of sequence batching; apart from the others because few models load it. */
@SuppressWarnings("EnumOrdinal") // our enums are declared in the order of the schema's numbers
final class SequenceBatchingRecords {

    private SequenceBatchingRecords() {}

    static SequenceBatchingConfig sequenceBatching(ModelConfigProto.ModelSequenceBatching batching) {
        return new SequenceBatchingConfig(strategy(batching),
                ModelConfigRecords.micros(batching.getMaxSequenceIdleMicroseconds()),
                ModelConfigRecords.list(batching.getControlInputList(), SequenceBatchingRecords::controlInput),
                ModelConfigRecords.list(batching.getStateList(), SequenceBatchingRecords::state),
                batching.getIterativeSequence());
    }

    private static SequenceBatchingConfig.Strategy strategy(ModelConfigProto.ModelSequenceBatching batching) {
        if (!batching.hasOldest()) {
            ModelConfigProto.ModelSequenceBatching.StrategyDirect direct = batching.getDirect();
            return new SequenceBatchingConfig.Direct(ModelConfigRecords.micros(direct.getMaxQueueDelayMicroseconds()),
                    direct.getMinimumSlotUtilization());
        }
        ModelConfigProto.ModelSequenceBatching.StrategyOldest oldest = batching.getOldest();
        return new SequenceBatchingConfig.Oldest(oldest.getMaxCandidateSequences(), oldest.getPreferredBatchSizeList(),
                ModelConfigRecords.micros(oldest.getMaxQueueDelayMicroseconds()), oldest.getPreserveOrdering());
    }

    private static SequenceBatchingConfig.ControlInput controlInput(
            ModelConfigProto.ModelSequenceBatching.ControlInput input) {
        return new SequenceBatchingConfig.ControlInput(input.getName(),
                ModelConfigRecords.list(input.getControlList(), SequenceBatchingRecords::control));
    }

    private static SequenceBatchingConfig.Control control(ModelConfigProto.ModelSequenceBatching.Control control) {
        SequenceBatchingConfig.Control.Kind kind = SequenceBatchingConfig.Control.Kind.values()[control.getKindValue()];
        if (control.getInt32FalseTrueCount() > 0) {
            return new SequenceBatchingConfig.Control(kind, control.getInt32FalseTrueList(), DataType.INT32);
        }
        if (control.getFp32FalseTrueCount() > 0) {
            return new SequenceBatchingConfig.Control(kind, control.getFp32FalseTrueList(), DataType.FP32);
        }
        if (control.getBoolFalseTrueCount() > 0) {
            return new SequenceBatchingConfig.Control(kind, control.getBoolFalseTrueList(), DataType.BOOL);
        }
        return new SequenceBatchingConfig.Control(kind, List.of(), DataType.of(control.getDataTypeValue()));
    }

    private static SequenceBatchingConfig.State state(ModelConfigProto.ModelSequenceBatching.State state) {
        return new SequenceBatchingConfig.State(state.getInputName(), state.getOutputName(),
                DataType.of(state.getDataTypeValue()), state.getDimsList(),
                ModelConfigRecords.list(state.getInitialStateList(), SequenceBatchingRecords::initialState),
                state.getUseSameBufferForInputOutput(), state.getUseGrowableMemory());
    }

    private static SequenceBatchingConfig.InitialState initialState(
            ModelConfigProto.ModelSequenceBatching.InitialState state) {
        return new SequenceBatchingConfig.InitialState(state.getName(), DataType.of(state.getDataTypeValue()),
                state.getDimsList(), state.getDataFile());
    }
}
