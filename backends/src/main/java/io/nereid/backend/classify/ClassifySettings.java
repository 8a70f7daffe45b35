package io.nereid.backend.classify;

import io.nereid.backend.BytesElements;
import io.nereid.backend.KnownParameters;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.LabelFile;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.TensorConfig;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model's parameters and tensors say (docs/images.md).
 *
 * @param activation how logits become probabilities
 * @param topK how many classes are answered
 * @param labels of all classes, in UTF-8
 * @param input the name of the logits
 * @param inputType their datatype, FP32 or FP16
 * @param labelOutput the name of the output with the labels
 * @param probabilityOutput the name of the output with the probabilities
 * @param batching whether all of them have a batch dimension
 */
record ClassifySettings(Activation activation, int topK, List<byte[]> labels, String input, DataType inputType,
        String labelOutput, String probabilityOutput, boolean batching) {
    static final String BACKEND = "classify";
    private static final String ACTIVATION = "activation";
    private static final String TOP_K = "top_k";
    private static final String LABELS = "labels";
    private static final List<String> NAMES = List.of(ACTIVATION, TOP_K, LABELS);

    /** The configuration with the input and the outputs that it does not have. */
    static ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        KnownParameters parameters = KnownParameters.of(config, BACKEND, NAMES);
        List<String> labels = labels(version, config, parameters);
        long topK = topK(config, parameters, labels.size());
        ModelConfig complete = config;
        if (config.inputs().isEmpty()) {
            complete = complete.withInputs(
                    List.of(ModelInput.of("LOGITS", DataType.FP32, List.of((long) labels.size()))));
        }
        if (config.outputs().isEmpty()) {
            complete = complete.withOutputs(List.of(ModelOutput.of("LABEL", DataType.STRING, List.of(topK)),
                    ModelOutput.of("PROBABILITY", DataType.FP32, List.of(topK))));
        }
        return complete;
    }

    /** @throws InferenceException INVALID_ARG if parameters, labels and tensors do not agree */
    static ClassifySettings of(ModelVersion version, ModelConfig config) throws InferenceException {
        KnownParameters parameters = KnownParameters.of(config, BACKEND, NAMES);
        List<String> labels = labels(version, config, parameters);
        long topK = topK(config, parameters, labels.size());
        if (config.inputs().size() != 1 || config.outputs().size() != 2) {
            throw parameters.unable("it has " + config.inputs().size() + " inputs and " + config.outputs().size()
                    + " outputs (expected one and two: the labels and the probabilities)");
        }
        ModelInput input = config.inputs().getFirst();
        if (input.dataType() != DataType.FP32 && input.dataType() != DataType.FP16) {
            throw parameters.unable("input '" + input.name() + "' has data_type " + input.dataType().configName()
                    + " (expected TYPE_FP32 or TYPE_FP16: logits)");
        }
        checkDims(parameters, "input", input, labels.size(), "as many as there are labels");
        ModelOutput label = output(parameters, config, DataType.STRING, "the labels");
        ModelOutput probability = output(parameters, config, DataType.FP32, "the probabilities");
        checkDims(parameters, "output", label, topK, "by the parameter 'top_k'");
        checkDims(parameters, "output", probability, topK, "by the parameter 'top_k'");
        List<String> words = List.of("softmax", "sigmoid");
        Activation activation = Activation.valueOf(
                parameters.choice(ACTIVATION, words).toUpperCase(Locale.ROOT));
        List<byte[]> encoded = new ArrayList<>();
        labels.forEach(text -> encoded.add(text.getBytes(StandardCharsets.UTF_8)));
        return new ClassifySettings(activation, (int) topK, List.copyOf(encoded), input.name(), input.dataType(),
                label.name(), probability.name(), config.maxBatchSize() > 0);
    }

    private static ModelOutput output(KnownParameters parameters, ModelConfig config, DataType dataType, String what)
            throws InferenceException {
        List<ModelOutput> found = config.outputs().stream().filter(output -> output.dataType() == dataType).toList();
        if (found.size() != 1) {
            throw parameters.unable("it has " + found.size() + " outputs of " + dataType.configName()
                    + " (expected one, for " + what + ")");
        }
        return found.getFirst();
    }

    private static void checkDims(KnownParameters parameters, String kind, TensorConfig tensor, long expected,
            String why) throws InferenceException {
        if (!tensor.dims().equals(List.of(expected)) || tensor.reshape().isPresent()) {
            throw parameters.unable(kind + " '" + tensor.name() + "' has dims " + tensor.dims()
                    + tensor.reshape().map(shape -> " and reshape " + shape).orElse("") + " (expected [" + expected
                    + "], " + why + ")");
        }
    }

    /** The parameter, or what the outputs say, or one. */
    private static long topK(ModelConfig config, KnownParameters parameters, int classes) throws InferenceException {
        long configured = 1;
        for (ModelOutput output : config.outputs()) {
            if (output.dataType() == DataType.STRING && output.dims().size() == 1) {
                configured = output.dims().getFirst();
            }
        }
        long topK = parameters.number(TOP_K, configured, 1, classes);
        if (topK < 1 || topK > classes) {
            throw parameters.unable("its output of labels has dims [" + topK + "] (expected 1 to " + classes
                    + ", as many as there are labels)");
        }
        return topK;
    }

    private static List<String> labels(ModelVersion version, ModelConfig config, KnownParameters parameters)
            throws InferenceException {
        String file = labelFile(config, parameters);
        if (file == null) {
            throw parameters
                    .unable("it names no labels (expected a parameter 'labels' or a label_filename of the output"
                            + " of TYPE_STRING: a file with one label per line)");
        }
        try {
            List<String> labels = LabelFile.read(version.modelDirectory(), file);
            if (labels.isEmpty()) {
                throw parameters.unable("the label file '" + file + "' is empty (expected one label per line)");
            }
            return labels;
        } catch (ModelRepositoryException e) {
            throw parameters.unable(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String labelFile(ModelConfig config, KnownParameters parameters) {
        String named = parameters.text(LABELS);
        if (named != null) {
            return named;
        }
        for (ModelOutput output : config.outputs()) {
            if (output.dataType() == DataType.STRING && !output.labelFilename().isEmpty()) {
                return output.labelFilename();
            }
        }
        return null;
    }

    /** Bytes that a class's label takes in a tensor. */
    long labelBytes(int index) {
        return BytesElements.byteSize(labels.get(index));
    }
}
