package io.nereid.perf.tune;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TrialRepositoryTest {
    @TempDir
    private Path repository;

    @BeforeEach
    void writeModel() throws IOException {
        Files.createDirectories(repository.resolve("m/1"));
        Files.writeString(repository.resolve("m/1/model.onnx"), "weights");
        Files.writeString(repository.resolve("m/labels.txt"), "cat");
        Files.writeString(repository.resolve("m/config.pbtxt"), "max_batch_size: 1");
    }

    @Test
    void hasTheModelsFilesAndAConfigurationOfItsOwn() throws Exception {
        Path root;
        try (TrialRepository trials = TrialRepository.of(repository, "m")) {
            root = trials.root();
            trials.write("max_batch_size: 2");

            assertThat(trials.written()).isEqualTo("max_batch_size: 1");
            assertThat(root.resolve("m/1/model.onnx")).hasContent("weights");
            assertThat(root.resolve("m/labels.txt")).hasContent("cat").isRegularFile();
            assertThat(root.resolve("m/config.pbtxt")).hasContent("max_batch_size: 2");
        }
        assertThat(root).doesNotExist();
        assertThat(repository.resolve("m/config.pbtxt")).hasContent("max_batch_size: 1");
        assertThat(repository.resolve("m/1/model.onnx")).hasContent("weights");
    }

    @Test
    void aModelThatIsNotThereIsSaidWithThoseThatAre() {
        assertThatThrownBy(() -> TrialRepository.of(repository, "n")).isInstanceOf(TuneException.class)
                .hasMessageContaining("no model n there; it has m");
    }
}
