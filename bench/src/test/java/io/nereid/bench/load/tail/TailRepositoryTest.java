package io.nereid.bench.load.tail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class TailRepositoryTest {
    @Test
    void food_modelFile_isServedInOneInstance(@TempDir Path folder) throws IOException {
        Path model = Files.writeString(folder.resolve("a.onnx"), "bytes");

        Path repository = TailRepository.writeFood(folder.resolve("models"), model);

        assertThat(repository.resolve("food_classifier_onnx/1/model.onnx")).hasContent("bytes");
        assertThat(repository.resolve("food_classifier_onnx/config.pbtxt")).content()
                .contains("instance_group [ { count: 1 kind: KIND_CPU } ]");
    }
}
