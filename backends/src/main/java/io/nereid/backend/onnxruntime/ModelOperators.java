package io.nereid.backend.onnxruntime;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The operators in an ONNX file, those of nested graphs and of the model's own functions included. ONNX Runtime does
 * not say what they are. Weights are passed over without being read. Not thread-safe until it is read.
 */
final class ModelOperators {
    private static final int MAX_DEPTH = 64;
    private static final String LSTM = "LSTM";

    private final Set<String> names = new TreeSet<>();
    private final Set<String> inputs = new HashSet<>();
    /** What the operators LSTM read as their sequences. */
    private final Set<String> sequences = new HashSet<>();

    private ModelOperators() {}

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read or is no ONNX model in protobuf's form
     */
    static ModelOperators read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ); Arena arena = Arena.ofConfined()) {
            return read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("'" + file + "' is no ONNX model in protobuf's form", e);
        }
    }

    private static ModelOperators read(MemorySegment model) {
        ModelOperators operators = new ModelOperators();
        Set<String> functions = new HashSet<>();
        for (ProtoFields fields = new ProtoFields(model); fields.next();) {
            switch (fields.number()) {
                case 7 -> operators.readGraph(fields.message(), 0);
                case 25 -> functions.add(operators.readFunction(fields.message()));
                default -> {
                }
            }
        }
        operators.names.removeAll(functions);
        return operators;
    }

    private void readGraph(ProtoFields graph, int depth) {
        while (graph.next()) {
            if (graph.number() == 1) {
                readNode(graph.message(), depth);
            } else if (graph.number() == 11 && depth == 0) {
                inputs.add(nameOf(graph.message()));
            }
        }
    }

    private static String nameOf(ProtoFields value) {
        String name = "";
        while (value.next()) {
            name = value.number() == 1 ? value.text() : name;
        }
        return name;
    }

    /** The function's name, as nodes call it. */
    private String readFunction(ProtoFields function) {
        String name = "";
        String domain = "";
        while (function.next()) {
            switch (function.number()) {
                case 1 -> name = function.text();
                case 7 -> readNode(function.message(), 0);
                case 10 -> domain = function.text();
                default -> {
                }
            }
        }
        return qualified(domain, name);
    }

    private void readNode(ProtoFields node, int depth) {
        String name = "";
        String domain = "";
        String firstInput = null;
        boolean plain = true;
        while (node.next()) {
            switch (node.number()) {
                case 1 -> firstInput = firstInput == null ? node.text() : firstInput;
                case 4 -> name = node.text();
                case 5 -> plain &= !readAttribute(node.message(), depth).equals("layout");
                case 7 -> domain = node.text();
                default -> {
                }
            }
        }
        String operator = qualified(domain, name);
        names.add(operator);
        if (operator.equals(LSTM)) {
            sequences.add(plain && firstInput != null ? firstInput : "");
        }
    }

    /** The attribute's name; reads the graphs in it. */
    private String readAttribute(ProtoFields attribute, int depth) {
        if (depth == MAX_DEPTH) {
            throw new IllegalArgumentException("graphs are nested more than " + MAX_DEPTH + " times");
        }
        String name = "";
        while (attribute.next()) {
            switch (attribute.number()) {
                case 1 -> name = attribute.text();
                case 6, 11 -> readGraph(attribute.message(), depth + 1);
                default -> {
                }
            }
        }
        return name;
    }

    private static String qualified(String domain, String name) {
        return domain.isEmpty() || domain.equals("ai.onnx") ? name : domain + "." + name;
    }

    /** Each operator once: its name, with its domain in front unless that is ONNX's own. */
    Set<String> names() {
        return names;
    }

    /**
     * The model's inputs that operators LSTM read as sequences, steps first and then the batch; empty if an LSTM reads
     * something else.
     */
    Set<String> sequenceInputs() {
        return inputs.containsAll(sequences) ? sequences : Set.of();
    }
}
