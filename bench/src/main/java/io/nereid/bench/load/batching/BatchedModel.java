package io.nereid.bench.load.batching;

import io.nereid.bench.load.TensorRequest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The models whose batching is measured: one FP32 tensor in, one out, {@value #MAX_BATCH_SIZE} rows at most. */
enum BatchedModel {
    /** Nothing but a pause for each call. */
    IDENTITY("identity_5ms", "identity", "INPUT0", "16", "OUTPUT0", "16") {
        @Override
        String parameters() {
            return "parameters { key: \"execute_delay_ms\" value { string_value: \"5\" } }\n";
        }

        @Override
        void writeFile(Path version, Path food11) {
            // the backend needs none
        }
    },
    /** Cost by the call, with a processor busy. */
    RECURRENT("recurrent", "onnxruntime", "x", RecurrentModel.STEPS + ",1", "y", "" + RecurrentModel.HIDDEN) {
        @Override
        void writeFile(Path version, Path food11) throws IOException {
            Files.write(version.resolve("model.onnx"), RecurrentModel.bytes());
        }
    },
    /** Cost by the row. */
    FOOD("food_classifier_onnx", "onnxruntime", "input", "3,224,224", "output", "11") {
        @Override
        void writeFile(Path version, Path food11) throws IOException {
            Files.copy(food11.resolve("food_classifier_onnx/1/model.onnx"), version.resolve("model.onnx"));
        }
    };

    static final int MAX_BATCH_SIZE = 8;

    private final String label;
    private final String backend;
    private final String input;
    private final String inputDims;
    private final String output;
    private final String outputDims;

    BatchedModel(String label, String backend, String input, String inputDims, String output, String outputDims) {
        this.label = label;
        this.backend = backend;
        this.input = input;
        this.inputDims = inputDims;
        this.output = output;
        this.outputDims = outputDims;
    }

    /** The model that the command line calls {@code label}. */
    static BatchedModel labelled(String label) {
        return Arrays.stream(values()).filter(model -> model.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "model '" + label + "' is unknown (expected one of " + String.join(", ", labels()) + ")"));
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(BatchedModel::label).toList();
    }

    String label() {
        return label;
    }

    /** What it is called in the repository. */
    String name(boolean batching) {
        return batching ? label + "_batching" : label;
    }

    /** Dimensions of a row of the input, separated by commas. */
    String inputDims() {
        return inputDims;
    }

    /** Dimensions of a row of the output, separated by commas. */
    String outputDims() {
        return outputDims;
    }

    /** A request over HTTP with one row, always the same. */
    ByteBuffer request(boolean batching) {
        List<Long> shape = Arrays.stream(("1," + inputDims).split(",")).map(Long::valueOf).toList();
        return new TensorRequest(name(batching), input, shape, output).httpOfRandoms();
    }

    /** Further fields of the configuration. */
    String parameters() {
        return "";
    }

    /** Writes what the backend reads into the folder of the version. */
    abstract void writeFile(Path version, Path food11) throws IOException;

    /**
     * The configuration.
     *
     * @param queueing its fields about batching and queueing
     * @param instances how many; 0 for as many as the server chooses
     */
    String config(String queueing, int instances) {
        String group = instances == 0 ? "" : "instance_group { kind: KIND_CPU count: " + instances + " }\n";
        return """
                backend: "%s"
                max_batch_size: %d
                input { name: "%s" data_type: TYPE_FP32 dims: [ %s ] }
                output { name: "%s" data_type: TYPE_FP32 dims: [ %s ] }
                """.formatted(backend, MAX_BATCH_SIZE, input, inputDims, output, outputDims) + parameters() + group
                + queueing;
    }
}
