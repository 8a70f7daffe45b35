package io.nereid.bench.load;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a model repository with models that repeat their input: what is left is the server's own cost. */
public final class IdentityRepository {
    private static final String IDENTITY = """
            backend: "identity"
            max_batch_size: 8
            input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
            output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
            instance_group { kind: KIND_CPU count: 1 }
            """;

    private IdentityRepository() {}

    /** One model, {@code identity}: FP32 rows of any length, INPUT0 to OUTPUT0, in one instance. */
    public static void writeIdentityTo(Path repository) throws IOException {
        writeIdentityTo(repository, "identity");
    }

    /** The same under another name. */
    public static void writeIdentityTo(Path repository, String name) throws IOException {
        model(repository, name, IDENTITY);
    }

    /** The same, and {@code identity_onnx}. */
    static void writeTo(Path repository) throws IOException {
        writeIdentityTo(repository);
        int elements = Scenario.IDENTITY_ONNX_64B.elements();
        Path version = model(repository, "identity_onnx", onnxConfig(elements));
        Files.write(version.resolve("model.onnx"), new OnnxModel().input("x", DataType.FP32, "batch", elements)
                .output("y", DataType.FP32, "batch", elements).node("Identity", "x", "y").bytes());
    }

    private static String onnxConfig(int elements) {
        return """
                backend: "onnxruntime"
                max_batch_size: 8
                input { name: "x" data_type: TYPE_FP32 dims: [ %1$d ] }
                output { name: "y" data_type: TYPE_FP32 dims: [ %1$d ] }
                instance_group { kind: KIND_CPU count: 1 }
                """.formatted(elements);
    }

    private static Path model(Path repository, String name, String config) throws IOException {
        Path version = Files.createDirectories(repository.resolve(name).resolve("1"));
        Files.writeString(repository.resolve(name).resolve("config.pbtxt"), config);
        return version;
    }
}
