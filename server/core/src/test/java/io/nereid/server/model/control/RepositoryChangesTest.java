package io.nereid.server.model.control;

import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.DirectoryStore;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.lifecycle.LoadMode;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.server.inference.ServedSteps;
import io.nereid.server.inference.ServerModelServices;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.config.BackendConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.config.RateLimits;
import io.nereid.server.model.loading.Backends;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.model.loading.NativeCodeRule;
import io.nereid.server.model.loading.SchedulerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class RepositoryChangesTest {
    @TempDir
    private Path directory;
    private final TensorMemory memory = new TensorMemory(1 << 20, 1 << 20);
    private final ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(2);
    private final SchedulerFactory schedulers = new SchedulerFactory(RateLimits.OFF, LatencySettings.DEFAULT, Map.of(),
            true,
            null);
    private Backends backends;
    private TestRepository repository;
    private Path second;
    private RepositoryChanges changes;

    @BeforeEach
    void start() throws Exception {
        backends = new Backends(memory, new FileWorkerMemory(1 << 20, 0, Path.of("unused"), ""),
                new ServerModelServices(),
                NativeHeap.ofThisProcess(),
                BackendConfig.NONE);
        repository = new TestRepository(Files.createDirectory(directory.resolve("models")));
        second = Files.createDirectory(directory.resolve("second"));
        ModelRepository models = new ModelRepository(
                List.of(new DirectoryStore(repository.root()), new DirectoryStore(second)), "", false);
        ModelVersions versions = new ModelVersions(backends, schedulers, new ServedSteps(), true, false, 0,
                () -> false);
        changes = new RepositoryChanges(models, new RelatedModels(models, new ModelLoads(models, versions, lifecycle,
                new NativeCodeRule(backends, false), true, LoadMode.ALL_OR_NONE), lifecycle));
    }

    @AfterEach
    void stop() throws Exception {
        lifecycle.close(Duration.ofSeconds(20));
        schedulers.close();
        backends.close();
        memory.close();
    }

    @Test
    void follow_newModel_isLoadedOnceTwoLooksSawTheSame() {
        assertThat(changes.follow()).isFalse();
        model("a", "");
        assertThat(changes.follow()).as("look again").isTrue();
        assertThat(lifecycle.models()).isEmpty();
        model("a", "# still being copied");
        assertThat(changes.follow()).isTrue();
        assertThat(lifecycle.models()).isEmpty();
        assertThat(changes.follow()).isFalse();
        assertThat(lifecycle.readyVersions("a")).containsExactly(1L);
    }

    @Test
    void follow_touchedButEqual_loadsNothing() throws Exception {
        model("a", "");
        settle();
        ServedModel served = served("a");
        Files.setLastModifiedTime(repository.root().resolve("a/config.pbtxt"), FileTime.fromMillis(1));
        assertThat(changes.follow()).isFalse();
        assertThat(served("a")).isSameAs(served);
    }

    @Test
    void follow_changedAndBrokenAndMended_servesTheLastGoodOne() {
        model("a", "");
        settle();
        ServedModel first = served("a");
        model("a", "max_batch_size: 2 backend: 'nonesuch'");
        settle();
        assertThat(served("a")).isSameAs(first);
        assertThat(changes.follow()).as("not tried again").isFalse();
        model("a", "dynamic_batching {}");
        settle();
        assertThat(served("a")).isNotSameAs(first);
    }

    @Test
    void follow_deleted_isUnloaded() throws Exception {
        model("a", "");
        model("b", "");
        settle();
        Files.delete(repository.root().resolve("a/config.pbtxt"));
        Files.delete(repository.root().resolve("a/1"));
        Files.delete(repository.root().resolve("a"));
        assertThat(changes.follow()).as("look again: it may be on its way").isTrue();
        assertThat(lifecycle.readyVersions("a")).containsExactly(1L);
        assertThat(changes.follow()).isFalse();
        assertThat(lifecycle.readyVersions("a")).isEmpty();
        assertThat(lifecycle.state("b", 1)).isEqualTo(ModelState.READY);
    }

    /** Nobody can say which of the two is meant; in Triton both go, too. */
    @Test
    void follow_nameAppearsInASecondRepository_takesBothAwayUntilOneOfThemGoes() throws Exception {
        model("a", "");
        model("b", "");
        settle();
        new TestRepository(second).withIdentity("a", "TYPE_INT32", "-1", "");
        assertThat(changes.follow()).as("look again").isTrue();
        assertThat(lifecycle.readyVersions("a")).containsExactly(1L);
        assertThat(changes.follow()).isFalse();
        assertThat(lifecycle.readyVersions("a")).isEmpty();
        assertThat(lifecycle.state("b", 1)).isEqualTo(ModelState.READY);
        assertThat(lifecycle.allReady()).isTrue();
        Files.move(second.resolve("a"), directory.resolve("a"));
        settle();
        assertThat(lifecycle.readyVersions("a")).containsExactly(1L);
    }

    /** The index says why a model is not served, also one that came later. */
    @Test
    void follow_newModelCannotBeRead_isInTheIndexAndDoesNotHoldUpReadiness() throws Exception {
        model("a", "");
        model("b", "");
        Files.writeString(repository.root().resolve("b/config.pbtxt"), "bckend: 'identity'");
        settle();
        assertThat(lifecycle.index()).filteredOn(entry -> entry.name().equals("b")).singleElement()
                .satisfies(entry -> assertThat(entry.reason()).startsWith("Invalid argument: ").contains("bckend"));
        assertThat(lifecycle.allReady()).isTrue();
    }

    @Test
    void follow_repositoryOutOfReach_keepsWhatIsServed() throws Exception {
        model("a", "");
        settle();
        Path away = directory.resolve("away");
        Files.move(repository.root(), away);
        assertThat(changes.follow()).isFalse();
        assertThat(lifecycle.state("a", 1)).isEqualTo(ModelState.READY);
        Files.move(away, repository.root());
        ServedModel served = served("a");
        settle();
        assertThat(served("a")).isSameAs(served);
    }

    @Test
    void follow_modelThatNeverLoadedIsDeleted_noLongerPreventsReadiness() throws Exception {
        model("a", "");
        model("b", "");
        Path config = repository.root().resolve("b/config.pbtxt");
        Files.writeString(config, Files.readString(config).replace("identity", "nonesuch"));
        settle();
        assertThat(lifecycle.allReady()).isFalse();
        Files.delete(config);
        Files.delete(repository.root().resolve("b/1"));
        Files.delete(repository.root().resolve("b"));
        settle();
        assertThat(lifecycle.allReady()).isTrue();
        assertThat(lifecycle.readyVersions("a")).containsExactly(1L);
    }

    private void settle() {
        changes.follow();
        changes.follow();
    }

    private void model(String name, String more) {
        repository.withIdentity(name, "TYPE_FP32", "-1", more);
    }

    private ServedModel served(String model) {
        ModelHandle<ServedModel> handle = lifecycle.acquire(model, 1);
        handle.release();
        return handle.model();
    }
}
