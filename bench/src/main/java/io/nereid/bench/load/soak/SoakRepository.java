package io.nereid.bench.load.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The models of the soak: what good clients use and nobody unloads, one that takes its time, and one that comes and
 * goes.
 */
final class SoakRepository {
    static final String IDENTITY = "identity";
    static final String BATCHED = "identity_batched";
    static final String SLOW = "identity_slow";
    static final String FOOD = "food_classifier_onnx";
    /** A second food classifier: a real ONNX Runtime session each time. */
    static final String COMING_AND_GOING = "coming_and_going";

    private static final String SLEEPS = "parameters { key: \"execute_delay_ms\" value { string_value: \"20\" } }";

    private final Path root;

    private SoakRepository(Path root) {
        this.root = root;
    }

    /** Writes the repository. */
    static SoakRepository write(Path root, Path food11) throws IOException {
        SoakRepository repository = new SoakRepository(root);
        repository.identity(IDENTITY, 1, "");
        repository.identity(BATCHED, 1, "dynamic_batching { max_queue_delay_microseconds: 200 }");
        repository.identity(SLOW, 4, SLEEPS);
        repository.copy(food11.resolve(FOOD), FOOD);
        repository.copy(food11.resolve(FOOD), COMING_AND_GOING);
        Path config = root.resolve(COMING_AND_GOING).resolve("config.pbtxt");
        Files.writeString(config, Files.readString(config).replace(FOOD, COMING_AND_GOING));
        return repository;
    }

    Path root() {
        return root;
    }

    /** Changes how many instances the batched model has; it takes the next load to be seen. */
    void instances(int count) throws IOException {
        identity(BATCHED, count, "dynamic_batching { max_queue_delay_microseconds: 200 }");
    }

    private void identity(String name, int instances, String more) throws IOException {
        Files.createDirectories(root.resolve(name).resolve("1"));
        Files.writeString(root.resolve(name).resolve("config.pbtxt"), """
                backend: "identity"
                max_batch_size: 8
                input { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
                output { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] }
                instance_group { kind: KIND_CPU count: %d }
                %s
                """.formatted(instances, more));
    }

    private void copy(Path model, String name) throws IOException {
        try (Stream<Path> files = Files.walk(model)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = root.resolve(name).resolve(model.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
