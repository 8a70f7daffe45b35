package io.nereid.bench.load;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** The requests that the load can be made of: one FP32 tensor each, to one model. */
enum Scenario {
    IDENTITY_64B("identity_64B", "identity", "INPUT0", "OUTPUT0", Encoding.BINARY, 25, "1,16"),
    IDENTITY_602KB(
            "identity_602KB", "identity", "INPUT0", "OUTPUT0", Encoding.BINARY, 350, "1,150528"),
    IDENTITY_64B_JSON(
            "identity_64B_json", "identity", "INPUT0", "OUTPUT0", Encoding.JSON, 0, "1,16"),
    IDENTITY_ONNX_64B(
            "identity_onnx_64B", "identity_onnx", "x", "y", Encoding.BINARY, 0, "1,16"),
    /** Its aim is relative to the bare call, see {@link BareLoop}. */
    FOOD("food_classifier_onnx", "food_classifier_onnx", "input", "output", Encoding.BINARY, 0, "1,3,224,224");

    /** How the tensors travel. */
    enum Encoding {
        /** Behind the JSON, as Triton's clients send them unless asked otherwise. */
        BINARY,
        /** As numbers in the JSON. */
        JSON
    }

    private final String label;
    private final String model;
    private final String input;
    private final String output;
    private final Encoding encoding;
    private final double aimMicros;
    private final String shape;

    Scenario(String label, String model, String input, String output, Encoding encoding, double aimMicros,
            String shape) {
        this.label = label;
        this.model = model;
        this.input = input;
        this.output = output;
        this.encoding = encoding;
        this.aimMicros = aimMicros;
        this.shape = shape;
    }

    /** The scenario that the command line calls {@code label}. */
    static Scenario labelled(String label) {
        return Arrays.stream(values()).filter(scenario -> scenario.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "scenario '" + label + "' is unknown (expected one of " + String.join(", ", labels()) + ")"));
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(Scenario::label).toList();
    }

    String label() {
        return label;
    }

    String model() {
        return model;
    }

    String input() {
        return input;
    }

    String output() {
        return output;
    }

    Encoding encoding() {
        return encoding;
    }

    /** Processor time per request, in microseconds at concurrency 8, that the server should not exceed. */
    OptionalDouble aimMicros() {
        return aimMicros == 0 ? OptionalDouble.empty() : OptionalDouble.of(aimMicros);
    }

    /** Of the input, and of the output of the models that repeat it; dimensions separated by commas. */
    String shape() {
        return shape;
    }

    int elements() {
        return Arrays.stream(shape.split(",")).mapToInt(Integer::parseInt).reduce(1, Math::multiplyExact);
    }
}
