package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.scheduler.instance.InstanceCounts;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/** What is said of a version that is loaded and of which no instance works. */
class WorkingVersionsTest {
    private static final InstanceCounts ONE_WORKS = new InstanceCounts(1, 0, 1, 1, 0);
    private static final InstanceCounts NONE_WORKS = new InstanceCounts(0, 0, 2, 2, 0);

    private final ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(1);
    private final ServedModels models = new ServedModels(lifecycle, true);
    private final TensorMemory memory = new TensorMemory(1 << 20, 1 << 20);
    private volatile InstanceCounts counts = ONE_WORKS;
    private volatile boolean modelIsReady = true;

    @BeforeEach
    void load() throws Exception {
        models.started();
        assertThat(lifecycle.load("m", new TreeSet<>(Set.of(1L)), Set.of(), _ -> served()).get().succeeded()).isTrue();
    }

    @AfterEach
    void close() throws InterruptedException {
        assertThat(lifecycle.close(Duration.ofSeconds(20))).isTrue();
        memory.close();
    }

    @Test
    void isReady_oneInstanceWorks_all() throws Exception {
        assertThat(models.isReady()).isTrue();
        models.checkReady("m", "");
        assertThat(models.index()).containsExactly(
                new RepositoryIndexEntry("m", OptionalLong.of(1), ModelState.READY, ""));
    }

    @Test
    void isReady_noInstanceWorks_neitherServerNorModelIs() throws Exception {
        counts = NONE_WORKS;
        assertThat(models.isReady()).isFalse();
        assertThatThrownBy(() -> models.checkReady("m", "1")).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .satisfies(e -> assertThat(e.text()).contains("'m'", "no instance of the model is running"));
        assertThat(models.index()).containsExactly(new RepositoryIndexEntry("m", OptionalLong.of(1),
                ModelState.UNAVAILABLE, "no instance of the model is running"));
        counts = ONE_WORKS;
        assertThat(models.isReady()).isTrue();
        models.checkReady("m", "1");
    }

    @Test
    void index_anInstanceGoneAgainAndAgain_saysSo() {
        String crashLoop = "instance 'm_0' was gone 5 times within 60 s, the last time because: exit code 3";
        counts = new InstanceCounts(1, 0, 1, 5, 4, crashLoop);
        assertThat(models.isReady()).isTrue();
        assertThat(models.index()).containsExactly(
                new RepositoryIndexEntry("m", OptionalLong.of(1), ModelState.READY, crashLoop));
        counts = new InstanceCounts(0, 0, 1, 5, 4, crashLoop);
        assertThat(models.index()).containsExactly(new RepositoryIndexEntry("m", OptionalLong.of(1),
                ModelState.UNAVAILABLE, "no instance of the model is running: " + crashLoop));
        assertThatThrownBy(() -> models.checkReady("m", "1"))
                .hasMessage("model 'm' is not ready: no instance of the model is running: " + crashLoop);
    }

    @Test
    void awaitReady_theModelSaysThatItIsNot_isUnavailable() throws Exception {
        models.awaitReady("m", "");
        modelIsReady = false;
        assertThatThrownBy(() -> models.awaitReady("m", "")).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE)).satisfies(
                        e -> assertThat(e.text()).isEqualTo("model 'm' is not ready: is_ready() of the model returned"
                                + " False"));
        models.checkReady("m", "");
    }

    @Test
    void acquire_noInstanceWorks_findsTheModelSoThatItsSchedulerAnswers() throws Exception {
        counts = NONE_WORKS;
        models.acquire("m", "").release();
        assertThat(models.readyVersions("m")).containsExactly(1L);
    }

    @Test
    void checkReady_unknownModel_isNotFound() {
        assertThatThrownBy(() -> models.checkReady("other", "")).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    private ServedModel served() throws InferenceException {
        ModelConfig config = ModelConfigCompletion.complete(ModelConfigParser.parse("m", "config.pbtxt", """
                backend: "identity"
                input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
                output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
                """, _ -> false), List.of(), List.of());
        return new ServedModel(config, config.name(), SignatureOfConfig.of(config, Map.of()), InputMemory.of(memory),
                new ModelStatistics(InstantSource.system()), new IdleExecution(() -> modelIsReady, () -> counts),
                Lease.NONE,
                ModelFiles.inPlace(new ModelDirectory("m", Path.of("m"))), () -> {
                });
    }
}
