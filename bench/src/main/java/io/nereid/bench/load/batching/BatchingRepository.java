package io.nereid.bench.load.batching;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes models with and without dynamic batching into a folder. */
final class BatchingRepository {
    private final Path folder;
    private final BatchingOptions options;

    BatchingRepository(Path folder, BatchingOptions options) {
        this.folder = folder;
        this.options = options;
    }

    /** Adds a model once without and once with batching. */
    void add(BatchedModel model) throws IOException {
        add(model, false);
        add(model, true);
    }

    private void add(BatchedModel model, boolean batching) throws IOException {
        Path directory = folder.resolve(model.name(batching));
        Path version = Files.createDirectories(directory.resolve("1"));
        String queueing = batching ? options.batching().config(options.timeoutMillis())
                : DynamicBatching.configWithout(options.timeoutMillis());
        Files.writeString(directory.resolve("config.pbtxt"), model.config(queueing, options.instances()));
        model.writeFile(version, options.food11());
    }
}
