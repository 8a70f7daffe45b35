package io.nereid.bench.load.tail;

import io.nereid.bench.load.IdentityRepository;
import io.nereid.bench.load.TensorRequest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The two models, each in a repository of its own, and what is sent to them. */
final class TailRepository {
    static final String FOOD = "food_classifier_onnx";

    private static final String CONFIG = """
            backend: "onnxruntime"
            max_batch_size: 16
            input { name: "input" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] }
            output { name: "output" data_type: TYPE_FP32 dims: [ 11 ] }
            instance_group [ { count: 1 kind: KIND_CPU } ]
            """;

    private TailRepository() {}

    /** Writes the food classifier's and returns it. */
    static Path writeFood(Path repository, Path model) throws IOException {
        Path version = Files.createDirectories(repository.resolve(FOOD).resolve("1"));
        Files.writeString(repository.resolve(FOOD).resolve("config.pbtxt"), CONFIG);
        Files.copy(model, version.resolve("model.onnx"));
        return repository;
    }

    /** Writes that of the model that repeats its input and returns it. */
    static Path writeIdentity(Path repository) throws IOException {
        IdentityRepository.writeIdentityTo(repository);
        return repository;
    }

    /** A photograph. */
    static ByteBuffer foodRequest() {
        return new TensorRequest(FOOD, "input", List.of(1L, 3L, 224L, 224L), "output").httpOfRandoms();
    }

    /** As many bytes as a photograph has. */
    static ByteBuffer identityRequest() {
        return new TensorRequest("identity", "INPUT0", List.of(1L, 150_528L), "OUTPUT0").httpOfRandoms();
    }
}
