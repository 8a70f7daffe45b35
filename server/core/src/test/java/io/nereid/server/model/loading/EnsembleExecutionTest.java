package io.nereid.server.model.loading;

import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.server.inference.ServedSteps;
import io.nereid.server.model.IdleExecution;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.SignatureOfConfig;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;

/** An ensemble is what its steps are: ready while all of them are. */
class EnsembleExecutionTest {
    private static final String TENSORS = """
            input { name: "IN" data_type: TYPE_FP32 dims: 1 }
            output { name: "OUT" data_type: TYPE_FP32 dims: 1 }
            """;

    private final ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(1);
    private final TensorMemory memory = new TensorMemory(1 << 20, 1 << 20);
    private volatile InstanceCounts counts = new InstanceCounts(1, 0, 0, 0, 0);
    private volatile boolean ready = true;
    private EnsembleExecution execution;

    @BeforeEach
    void load() throws Exception {
        ModelConfig model = config("m", "backend: 'identity'\n" + TENSORS);
        assertThat(lifecycle.load("m", new TreeSet<>(Set.of(1L)), Set.of(), _ -> served(model)).get().succeeded())
                .isTrue();
        execution = new EnsembleExecution(config("e", "platform: 'ensemble'\n" + TENSORS + """
                ensemble_scheduling { step { model_name: "m" model_version: -1
                  input_map { key: "IN" value: "IN" } output_map { key: "OUT" value: "OUT" } } }
                """), List.of(lifecycle.acquire("m", 1)), new ServedSteps(), environment());
    }

    @AfterEach
    void close() throws InterruptedException {
        execution.close();
        assertThat(lifecycle.close(Duration.ofSeconds(20))).as("it has given its step back").isTrue();
        memory.close();
    }

    @Test
    void counts_whileAStepDoesNotWork_isNotWorking() {
        assertThat(execution.counts().isWorking()).isTrue();
        counts = new InstanceCounts(0, 0, 1, 1, 0, "it ends again and again");
        assertThat(execution.counts().isWorking()).isFalse();
        assertThat(execution.counts().crashLoop()).isEqualTo("of step 0, model 'm': it ends again and again");
    }

    @Test
    void askReady_asksTheSteps() {
        assertThat(execution.askReady()).extracting(CompletableFuture::join).containsExactly(true);
        ready = false;
        assertThat(execution.askReady()).extracting(CompletableFuture::join).containsExactly(false);
    }

    private static ModelConfig config(String name, String text) {
        return ModelConfigCompletion.complete(ModelConfigParser.parse(name, "config.pbtxt", text, _ -> false),
                List.of(), List.of());
    }

    private static SchedulerEnvironment environment() {
        return new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
        }, new ModelStatistics(InstantSource.system()), (_, _) -> {
        });
    }

    private ServedModel served(ModelConfig config) {
        return new ServedModel(config, config.name(), SignatureOfConfig.of(config, Map.of()), InputMemory.of(memory),
                new ModelStatistics(InstantSource.system()), new IdleExecution(() -> ready, () -> counts), Lease.NONE,
                ModelFiles.inPlace(new ModelDirectory("m", Path.of("m"))), () -> {
                });
    }
}
