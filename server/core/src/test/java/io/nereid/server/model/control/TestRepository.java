package io.nereid.server.model.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** A model repository that a test fills. */
public final class TestRepository {
    private static final String ONNX_IDENTITY = "CAg6ZQobCgZJTlBVVDASB09VVFBVVDAiCElkZW50aXR5EgdpbnRlcm9wWh0KBklO"
            + "UFVUMBITChEIARINCgcSBWJhdGNoCgIIBGIeCgdPVVRQVVQwEhMKEQgBEg0KBxIFYmF0Y2gKAggEQgQKABAR";

    private final Path root;

    /** An empty repository in that directory. */
    public TestRepository(Path root) {
        this.root = root;
    }

    /** The repository's directory. */
    public Path root() {
        return root;
    }

    /** Adds a model of the identity backend, {@code IN} to {@code OUT}, whose rows have the shape {@code dims}. */
    public TestRepository withIdentity(String name, String dataType, String dims, String more) {
        return withModel(name, """
                backend: "identity"
                max_batch_size: 8
                input { name: "IN" data_type: %s dims: [ %s ] }
                output { name: "OUT" data_type: %s dims: [ %s ] }
                %s
                """.formatted(dataType, dims, dataType, dims, more));
    }

    /** Adds an ONNX model, {@code INPUT0} to {@code OUTPUT0}, both FP32 [batch,4]. */
    public TestRepository withOnnxIdentity(String name, String config) {
        try {
            Files.write(withModel(name, config).root.resolve(name).resolve("1").resolve("model.onnx"),
                    Base64.getDecoder().decode(ONNX_IDENTITY));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a model with that configuration and an empty directory for version 1. */
    public TestRepository withModel(String name, String config) {
        try {
            Files.createDirectories(root.resolve(name).resolve("1"));
            Files.writeString(root.resolve(name).resolve("config.pbtxt"), config);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
