package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlan;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.scheduler.instance.ModelInstance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class SmallModelTest extends OnnxRuntimeTest {
    private static final int THREADS = 3;

    @ParameterizedTest
    @CsvSource({"8, 16, true", "8, 256, true", "8, 257, false", "0, 16, true", "8, -1, false",
            "8, 4611686018427387904, false", "2147483647, 1, false"})
    void is_byTheElementsOfTheLargestBatch(int maxBatchSize, long elements, boolean small) throws Exception {
        Files.write(directory.resolve("model.onnx"), new byte[100]);
        assertThat(SmallModel.is(ofElements(maxBatchSize, elements), directory)).isEqualTo(small);
    }

    @Test
    void is_weightsBesideTheModel_countToo() throws Exception {
        Files.write(directory.resolve("model.onnx"), new byte[100]);
        Files.createDirectory(directory.resolve("weights"));
        Files.write(directory.resolve("weights/w"), new byte[16 << 10]);
        assertThat(SmallModel.is(ofElements(8, 16), directory)).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void createInstance_smallModel_startsNoPoolUnlessTheConfigurationAsksForOne() throws Exception {
        String parameter = "parameters { key: 'intra_op_thread_count' value { string_value: '%d' } }"
                .formatted(THREADS);
        assertThat(threadsOf("small", 16, "")).isEqualTo(1);
        assertThat(threadsOf("asked", 16, parameter)).isEqualTo(THREADS);
        assertThat(threadsOf("large", 100_000, "")).isEqualTo(THREADS);
    }

    private static ModelConfig ofElements(int maxBatchSize, long elements) {
        return config("""
                max_batch_size: %d
                input { name: 'x' data_type: TYPE_FP32 dims: [ %d ] }
                output { name: 'y' data_type: TYPE_FP32 dims: [ %<d ] }
                """.formatted(maxBatchSize, elements));
    }

    /** Of a thread that makes an instance: itself, and those that have its name because they were started by it. */
    private long threadsOf(String name, int elements, String more) throws Exception {
        ModelVersion version = new OnnxModel().input("x", DataType.FP32, "batch", elements)
                .output("y", DataType.FP32, "batch", elements).node("Neg", "x", "y").writeTo(directory, name);
        ModelConfig config = ModelConfigCompletion.complete(
                backend.complete(version,
                        config("max_batch_size: 8 instance_group { count: 1 kind: KIND_CPU } " + more)),
                backend.preferredGroups(), List.of());
        FutureTask<Long> made = new FutureTask<>(() -> {
            BackendModel model = backend.load(version, config);
            try (ModelInstance _ = model.createInstance(
                    InstancePlan.of(config, new CpuBudget(THREADS)).placements().getFirst())) {
                return threadsNamed(name);
            } finally {
                model.close();
            }
        });
        Thread.ofPlatform().name(name).start(made);
        return made.get();
    }

    private static long threadsNamed(String name) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> nameOf(task).equals(name)).count();
        }
    }

    private static String nameOf(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
