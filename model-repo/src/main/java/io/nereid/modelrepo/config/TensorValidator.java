package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks inputs, outputs and what the backend derives from their shapes. */
final class TensorValidator {

    private static final String TENSORRT = "tensorrt_plan";

    private final ModelConfig config;
    private final Problems problems;

    private TensorValidator(ModelConfig config, Problems problems) {
        this.config = config;
        this.problems = problems;
    }

    static void validate(ModelConfig config, Problems problems) {
        TensorValidator validator = new TensorValidator(config, problems);
        validator.checkInputs();
        validator.checkOutputs();
        validator.checkBatchInputs();
        validator.checkBatchOutputs();
    }

    private void checkInputs() {
        List<ModelInput> inputs = config.inputs();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < inputs.size(); i++) {
            ModelInput input = inputs.get(i);
            String path = "input[" + i + "]";
            checkTensor(path, "model input", input, names);
            if (input.format() != ModelInput.Format.NONE && !input.dims().isEmpty() && input.dims().size() != 3) {
                problems.wrong(path + ".format", "model input NHWC/NCHW require 3 dims for " + config.name()
                        + ", got " + input.dims() + " for input '" + input.name() + "'");
            }
        }
    }

    private void checkOutputs() {
        List<ModelOutput> outputs = config.outputs();
        if (outputs.isEmpty()) {
            problems.missing("output", "model configuration must specify at least one 'output' for " + config.name());
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < outputs.size(); i++) {
            ModelOutput output = outputs.get(i);
            checkTensor("output[" + i + "]", "model output", output, names);
            if (!output.labelFilename().isEmpty() && ConfigValidator.leaves(output.labelFilename())) {
                problems.wrong("output[" + i + "].label_filename", "label file of output '" + output.name() + "' of "
                        + config.name() + " must be inside the model's directory, got '" + output.labelFilename()
                        + "'");
            }
        }
    }

    private void checkTensor(String path, String kind, TensorConfig tensor, Set<String> names) {
        if (tensor.name().isEmpty()) {
            problems.missing(path, kind + " must specify 'name' for " + config.name());
        } else if (!names.add(tensor.name())) {
            problems.wrong(path + ".name",
                    kind + " '" + tensor.name() + "' is specified more than once for " + config.name());
        }
        String what = kind + " '" + tensor.name() + "'";
        if (tensor.dataType() == DataType.INVALID) {
            problems.missing(path, what + " must specify 'data_type' for " + config.name());
        }
        if (tensor.dims().isEmpty()) {
            problems.missing(path, what + " must specify 'dims' for " + config.name());
        }
        boolean sound = checkDims(path + ".dims", what + " dimension", tensor.dims());
        if (tensor.reshape().isPresent()) {
            List<Long> reshape = tensor.reshape().get();
            sound &= checkDims(path + ".reshape.shape", what + " reshape dimension", reshape);
            if (sound && !tensor.dims().isEmpty()) {
                checkReshape(path + ".reshape", what, tensor.dims(), reshape);
            }
        }
        checkTensorRt(path, what, tensor);
    }

    private boolean checkDims(String path, String what, List<Long> dims) {
        boolean sound = true;
        for (int i = 0; i < dims.size(); i++) {
            long dim = dims.get(i);
            if (dim < 1 && dim != -1) {
                sound = false;
                problems.wrong(path + "[" + i + "]", what
                        + " must be integer >= 1, or -1 to indicate a variable-size dimension for " + config.name()
                        + ", got " + dim);
            }
        }
        return sound;
    }

    private void checkReshape(String path, String what, List<Long> dims, List<Long> reshape) {
        if (reshape.isEmpty() && config.maxBatchSize() == 0) {
            problems.missing(path, what + " cannot have empty reshape for non-batching model as scalar tensors are not"
                    + " supported for " + config.name());
        } else if (!chunks(dims).equals(chunks(reshape))) {
            problems.wrong(path, what + " has different size for dims and reshape for " + config.name() + ", got dims "
                    + dims + " and reshape " + reshape + (chunks(dims).size() == chunks(reshape).size() ? ""
                            : " with another number of variable-size dimensions"));
        }
    }

    /** The number of elements between the variable-size dimensions, which move to the new shape in their order. */
    private static List<Long> chunks(List<Long> shape) {
        List<Long> chunks = new ArrayList<>();
        long elements = 1;
        for (long dim : shape) {
            if (dim == -1) {
                chunks.add(elements);
                elements = 1;
            } else {
                elements *= dim;
            }
        }
        chunks.add(elements);
        return chunks;
    }

    private void checkTensorRt(String path, String what, TensorConfig tensor) {
        if (config.platform().equals(TENSORRT)) {
            return;
        }
        if (tensor.shapeTensor()) {
            problems.wrong(path + ".is_shape_tensor",
                    "shape tensors are only supported for TensorRT platform for " + config.name() + ", got " + what);
        }
        if (tensor.nonLinearFormatIo()) {
            problems.wrong(path + ".is_non_linear_format_io",
                    "Non-linear IO format is only supported for the TensorRT platform for " + config.name() + ", got "
                            + what);
        }
    }

    private void checkBatchInputs() {
        List<BatchInputConfig> batchInputs = config.batchInputs();
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < batchInputs.size(); i++) {
            BatchInputConfig batchInput = batchInputs.get(i);
            String path = "batch_input[" + i + "]";
            checkSourceInput(path, "batch input kind 'BATCH_" + batchInput.kind() + "'", batchInput.sourceInputs());
            if (batchInput.dataType() != DataType.INT32 && batchInput.dataType() != DataType.FP32) {
                problems.wrong(path + ".data_type", "batch input data type must be TYPE_INT32 or TYPE_FP32 for "
                        + config.name() + ", got " + batchInput.dataType().configName());
            }
            if (batchInput.targetNames().isEmpty()) {
                problems.missing(path, "batch input must specify 'target_name' for " + config.name());
            }
            for (int j = 0; j < batchInput.targetNames().size(); j++) {
                checkBatchInputTarget(path + ".target_name[" + j + "]", batchInput.targetNames().get(j), targets);
            }
        }
    }

    private void checkBatchInputTarget(String path, String target, Set<String> targets) {
        if (!targets.add(target)) {
            problems.wrong(path, "target input name '" + target + "' can only be specified once for " + config.name());
        } else if (config.input(target) != null) {
            problems.wrong(path, "target input name '" + target + "' of a batch input is also an input for "
                    + config.name() + " (expected a name that requests do not give)");
        }
    }

    private void checkBatchOutputs() {
        List<BatchOutputConfig> batchOutputs = config.batchOutputs();
        Set<String> targets = new HashSet<>();
        for (int i = 0; i < batchOutputs.size(); i++) {
            BatchOutputConfig batchOutput = batchOutputs.get(i);
            String path = "batch_output[" + i + "]";
            checkSourceInput(path, "batch output kind 'BATCH_" + batchOutput.kind() + "'", batchOutput.sourceInputs());
            if (batchOutput.targetNames().isEmpty()) {
                problems.missing(path, "batch output must specify 'target_name' for " + config.name());
            }
            for (int j = 0; j < batchOutput.targetNames().size(); j++) {
                checkBatchOutputTarget(path + ".target_name[" + j + "]", batchOutput.targetNames().get(j), targets);
            }
        }
    }

    private void checkBatchOutputTarget(String path, String target, Set<String> targets) {
        if (config.output(target) == null) {
            problems.missing(path, "unknown target output name '" + target + "' for " + config.name());
        } else if (!targets.add(target)) {
            problems.wrong(path, "target output name '" + target + "' can only be specified once for " + config.name());
        }
    }

    private void checkSourceInput(String path, String what, List<String> sources) {
        if (sources.size() != 1) {
            problems.wrong(path, what + " expects 1 source input, got " + sources.size() + " for " + config.name());
        } else if (config.input(sources.getFirst()) == null) {
            problems.missing(path + ".source_input",
                    "unknown source input name '" + sources.getFirst() + "' for " + config.name());
        }
    }
}
