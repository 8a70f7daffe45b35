package io.nereid.modelrepo.config;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks the controls, the states and the strategy of sequence batching. */
final class SequenceBatchingValidator {

    private static final Set<DataType> CORRELATION_ID_TYPES = EnumSet.of(DataType.UINT64, DataType.INT64,
            DataType.UINT32, DataType.INT32, DataType.STRING);

    private final String model;
    private final Problems problems;
    private final Set<SequenceBatchingConfig.Control.Kind> kindsSeen = EnumSet.noneOf(
            SequenceBatchingConfig.Control.Kind.class);

    private SequenceBatchingValidator(String model, Problems problems) {
        this.model = model;
        this.problems = problems;
    }

    static void validate(ModelConfig config, SequenceBatchingConfig batching, Problems problems) {
        SequenceBatchingValidator validator = new SequenceBatchingValidator(config.name(), problems);
        validator.checkControlInputs(batching.controlInputs());
        validator.checkStates(batching.states());
        if (batching.strategy() instanceof SequenceBatchingConfig.Direct direct
                && !(direct.minimumSlotUtilization() >= 0 && direct.minimumSlotUtilization() <= 1)) {
            problems.wrong("sequence_batching.direct.minimum_slot_utilization",
                    "sequence batching minimum slot utilization must be in range (0.0, 1.0] for " + config.name()
                            + ", got " + direct.minimumSlotUtilization());
        }
    }

    private void checkControlInputs(List<SequenceBatchingConfig.ControlInput> inputs) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < inputs.size(); i++) {
            String path = "sequence_batching.control_input[" + i + "]";
            String name = inputs.get(i).name();
            if (name.isEmpty()) {
                problems.missing(path, "sequence batching control tensor must have a name for " + model);
            } else if (!names.add(name)) {
                problems.wrong(path + ".name", "sequence batching control tensor '" + name
                        + "' is specified for multiple control kinds for " + model);
            }
            List<SequenceBatchingConfig.Control> controls = inputs.get(i).controls();
            for (int j = 0; j < controls.size(); j++) {
                checkControl(path + ".control[" + j + "]", name, controls.get(j));
            }
        }
    }

    private void checkControl(String path, String tensor, SequenceBatchingConfig.Control control) {
        String kind = "CONTROL_SEQUENCE_" + control.kind();
        if (!kindsSeen.add(control.kind())) {
            problems.wrong(path + ".kind", "sequence batching specifies multiple " + kind + " tensors for " + model);
        }
        if (control.kind() == SequenceBatchingConfig.Control.Kind.CORRID) {
            checkCorrelationId(path, tensor, control);
        } else {
            checkFalseTrue(path, kind, control);
        }
    }

    private void checkCorrelationId(String path, String tensor,
            SequenceBatchingConfig.Control control) {
        if (!control.int32FalseTrue().isEmpty() || !control.fp32FalseTrue().isEmpty()
                || !control.boolFalseTrue().isEmpty()) {
            problems.wrong(path, "sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or"
                    + " 'bool_false_true' for CONTROL_SEQUENCE_CORRID for " + model);
        }
        DataType type = control.dataType();
        if (!CORRELATION_ID_TYPES.contains(type)) {
            String text = "unexpected data type for control CONTROL_SEQUENCE_CORRID for " + model
                    + ". Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING, got "
                    + type.configName() + " for tensor '" + tensor + "'";
            if (type == DataType.INVALID) {
                problems.missing(path, text);
            } else {
                problems.wrong(path + ".data_type", text);
            }
        }
    }

    private void checkFalseTrue(String path, String kind, SequenceBatchingConfig.Control control) {
        int pairs = checkPair(path, kind, "int32_false_true", control.int32FalseTrue().size())
                + checkPair(path, kind, "fp32_false_true", control.fp32FalseTrue().size())
                + checkPair(path, kind, "bool_false_true", control.boolFalseTrue().size());
        String which = " 'int32_false_true', 'fp32_false_true' %s 'bool_false_true' for " + kind + " for " + model;
        if (pairs == 0) {
            problems.missing(path, "sequence batching must specify either" + which.formatted("or"));
        } else if (pairs > 1) {
            problems.wrong(path, "sequence batching specifies more than one from" + which.formatted("and"));
        }
    }

    private int checkPair(String path, String kind, String field, int count) {
        if (count != 0 && count != 2) {
            problems.wrong(path + "." + field, "sequence batching control '" + field
                    + "' must have exactly 2 entries for " + kind + " for " + model + ", got " + count);
        }
        return count == 0 ? 0 : 1;
    }

    private void checkStates(List<SequenceBatchingConfig.State> states) {
        for (int i = 0; i < states.size(); i++) {
            SequenceBatchingConfig.State state = states.get(i);
            String path = "sequence_batching.state[" + i + "]";
            if (state.inputName().isEmpty() || state.outputName().isEmpty()) {
                problems.missing(path, "state must specify 'input_name' and 'output_name' for " + model);
            }
            String what = "state '" + state.inputName() + "' of " + model;
            if (state.dataType() == DataType.INVALID) {
                problems.missing(path, what + " must specify 'data_type'");
            }
            if (state.dims().isEmpty()) {
                problems.missing(path, what + " must specify 'dims'");
            }
            if (state.useGrowableMemory() && !state.useSameBufferForInputOutput()) {
                problems.wrong(path + ".use_growable_memory",
                        what + " uses growable memory, which needs 'use_same_buffer_for_input_output: true'");
            }
            for (SequenceBatchingConfig.InitialState initial : state.initialStates()) {
                if (ConfigValidator.leaves(initial.dataFile())) {
                    problems.wrong(path + ".initial_state", what
                            + " must name a file inside the directory 'initial_state', got '" + initial.dataFile()
                            + "'");
                }
            }
        }
    }
}
