package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.ModelStore;
import io.nereid.modelrepo.RepositoryModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What every kind of object store does, against a server on loopback. */
@Timeout(60)
abstract class ObjectStoreContract {
    private static final String CONFIG = "backend: \"identity\"";

    @TempDir
    Path copies;

    private final List<ModelStore> opened = new ArrayList<>();

    abstract ObjectServer server();

    abstract String location(String path);

    abstract Map<String, String> environment();

    ModelStore open(String path) {
        Map<String, String> environment = new HashMap<>(environment());
        environment.put("TRITON_AWS_MOUNT_DIRECTORY", copies.toString());
        environment.put("TRITON_GCS_MOUNT_DIRECTORY", copies.toString());
        environment.put("TRITON_AZURE_MOUNT_DIRECTORY", copies.toString());
        ModelStore store = new ModelStores(environment, Duration.ofMillis(1)).open(location(path));
        opened.add(store);
        return store;
    }

    @AfterEach
    void close() {
        opened.forEach(ModelStore::close);
        server().close();
    }

    private void putModel(String prefix) {
        server().put(prefix + "/config.pbtxt", CONFIG);
        server().put(prefix + "/1/model.bin", "one");
        server().put(prefix + "/2/model.bin", "two");
        server().put(prefix + "/2/deep/er/data.bin", "");
    }

    private List<Path> left() throws Exception {
        try (Stream<Path> files = Files.list(copies)) {
            return files.toList();
        }
    }

    @Test
    void list_moreModelsThanAPage_namesAll() {
        for (String model : List.of("a", "b", "c", "d", "e f", "g", "h")) {
            server().put("p/q/" + model + "/config.pbtxt", CONFIG);
        }
        server().put("p/q/.git/x", "");
        server().put("p/q/readme", "no model");
        server().put("p/other/x/config.pbtxt", CONFIG);
        assertThat(open("/p/q").list()).containsExactly("a", "b", "c", "d", "e f", "g", "h");
        assertThat(open("/p/q/").identity()).isEqualTo(open("//p//q//").identity());
        assertThat(open("").list()).containsExactly("p");
    }

    @Test
    void list_nothingThere_saysSo() {
        assertThatThrownBy(() -> open("/p").list()).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("has no model: no object there is named 'p/MODEL/...'")
                .hasMessageContaining(location("/p"));
    }

    @Test
    void list_lastModelIsRemoved_isEmptyAndNoError() {
        server().put("m/config.pbtxt", CONFIG);
        ModelStore store = open("");
        assertThat(store.list()).containsExactly("m");
        server().remove("m/config.pbtxt");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void contents_fileChanges_differs() {
        putModel("m");
        ModelStore store = open("");
        ModelContents before = store.contents("m");
        assertThat(before.digests()).containsOnlyKeys("config.pbtxt", "1/model.bin", "2/model.bin",
                "2/deep/er/data.bin");
        assertThat(store.contents("m")).isEqualTo(before);
        server().put("m/2/model.bin", "new");
        ModelContents after = store.contents("m");
        assertThat(after).isNotEqualTo(before);
        assertThat(after.ofVersion(1)).isEqualTo(before.ofVersion(1));
        assertThat(after.ofVersion(2)).isNotEqualTo(before.ofVersion(2));
    }

    @Test
    void fetch_model_isCopiedWholeAndDeletedAfterTheLastUse() throws Exception {
        putModel("p/m");
        putModel("p/m2");
        ModelFiles files = open("/p").fetch("m");
        Path directory = files.directory().path();
        assertThat(files.directory().name()).isEqualTo("m");
        assertThat(directory.startsWith(copies)).isTrue();
        assertThat(directory.resolve("config.pbtxt")).hasContent(CONFIG);
        assertThat(directory.resolve("1/model.bin")).hasContent("one");
        assertThat(directory.resolve("2/deep/er/data.bin")).isEmptyFile();
        files.retain().release();
        assertThat(directory).exists();
        files.release();
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_modelOfARepository_isReadLikeAFolder() {
        putModel("m");
        try (ModelRepository repository = new ModelRepository(List.of(open("")), "", true)) {
            ModelFiles files = Objects.requireNonNull(repository.scan().models().get("m")).fetch();
            RepositoryModel model = repository.read(files.directory());
            assertThat(model.versions()).containsOnlyKeys(2L);
            assertThat(model.config().backend()).isEqualTo("identity");
            files.release();
        }
    }

    @Test
    void fetch_emptyFolderObjects_becomeDirectories() throws Exception {
        server().put("m/", "");
        server().put("m/config.pbtxt", CONFIG);
        server().put("m/1/", "");
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("1")).isEmptyDirectory();
        files.release();
    }

    @Test
    void fetch_noSuchModel_saysSo() {
        putModel("m");
        for (String name : List.of("n", "..", "m/1", "")) {
            assertThatThrownBy(() -> open("").fetch(name)).isInstanceOf(ModelRepositoryException.class)
                    .hasMessageContaining("has no model '" + name + "'");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"m/../../outside", "m/1/../x", "m//x", "m/./x", "m/1\\x"})
    void fetch_nameThatIsNoPathInTheModel_isRefused(String key) throws Exception {
        putModel("m");
        server().put(key, "evil");
        assertThatThrownBy(() -> open("").fetch("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("is no path of a file in a model");
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_objectReplacedMeanwhile_isCopiedAgainAndOfOneMoment() throws Exception {
        putModel("m");
        AtomicInteger downloads = new AtomicInteger();
        server().beforeDownload = _ -> {
            if (downloads.incrementAndGet() == 2) {
                server().put("m/1/model.bin", "changed");
                server().put("m/2/model.bin", "changed");
            }
        };
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("1/model.bin")).hasContent("changed");
        assertThat(files.directory().path().resolve("2/model.bin")).hasContent("changed");
        assertThat(left()).hasSize(1);
        files.release();
    }

    @Test
    void fetch_objectAddedMeanwhile_isCopiedAgain() {
        putModel("m");
        AtomicInteger downloads = new AtomicInteger();
        server().beforeDownload = _ -> {
            if (downloads.incrementAndGet() == 1) {
                server().put("m/3/model.bin", "three");
            }
        };
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("3/model.bin")).hasContent("three");
        files.release();
    }

    @Test
    void fetch_modelThatKeepsChanging_endsWithAReasonAndLeavesNothing() throws Exception {
        putModel("m");
        AtomicInteger downloads = new AtomicInteger();
        server().beforeDownload = _ -> server().put("m/2/model.bin", "version " + downloads.incrementAndGet());
        assertThatThrownBy(() -> open("").fetch("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("changed while it was copied, 5 times");
        assertThat(left()).isEmpty();
    }

    @Test
    void fetch_severalFiles_areDownloadedAtTheSameTime() {
        putModel("m");
        CountDownLatch together = new CountDownLatch(4);
        server().beforeDownload = _ -> {
            together.countDown();
            try {
                assertThat(together.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        open("").fetch("m").release();
        assertThat(together.getCount()).isZero();
    }

    @Test
    void list_serverIsBusyForAMoment_isAskedAgain() {
        putModel("m");
        server().failures.set(2);
        assertThat(open("").list()).containsExactly("m");
    }

    @Test
    void list_serverIsGone_saysSo() {
        putModel("m");
        ModelStore store = open("");
        server().close();
        assertThatThrownBy(store::list).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("failed to read model repository '" + location("") + "'")
                .hasMessageContaining("did not answer");
    }
}
