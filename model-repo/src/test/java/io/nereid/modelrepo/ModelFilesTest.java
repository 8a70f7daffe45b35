package io.nereid.modelrepo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How long the files of a model stay on the disk. */
class ModelFilesTest {
    @TempDir
    private Path root;
    private Path copy;
    private ModelDirectory directory;

    @BeforeEach
    void createCopy() throws IOException {
        copy = Files.createDirectory(root.resolve("copy"));
        directory = new ModelDirectory("m", copy.resolve("m"));
        Files.createDirectories(directory.path().resolve("1/deep"));
        Files.writeString(directory.path().resolve("config.pbtxt"), "x");
        Files.writeString(directory.path().resolve("1/deep/model.onnx"), "x");
    }

    @Test
    void release_lastUserOfACopy_deletesAllOfIt() {
        ModelFiles files = ModelFiles.copy(directory, copy);
        assertThat(files.directory()).isEqualTo(directory);
        assertThat(files.retain()).isSameAs(files);
        files.release();
        assertThat(directory.path().resolve("1/deep/model.onnx")).exists();
        files.release();
        assertThat(copy).doesNotExist();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void release_filesOfSomebodyElse_stay() {
        ModelFiles files = ModelFiles.inPlace(directory);
        files.release();
        assertThat(directory.path().resolve("config.pbtxt")).exists();
    }

    @Test
    void release_moreOftenThanRetained_isRefused() {
        ModelFiles files = ModelFiles.inPlace(directory);
        files.release();
        assertThatThrownBy(files::release).isInstanceOf(IllegalStateException.class)
                .hasMessage("the files of model 'm' are released more often than retained");
    }

    @Test
    void retain_afterTheLastRelease_isRefused() {
        ModelFiles files = ModelFiles.copy(directory, copy);
        files.release();
        assertThatThrownBy(files::retain).isInstanceOf(IllegalStateException.class)
                .hasMessage("the files of model 'm' are no longer there");
    }

    @Test
    void deleteAll_linkInACopy_leavesWhatItPointsAt() throws IOException {
        Path outside = Files.createDirectory(root.resolve("outside"));
        Files.writeString(outside.resolve("kept"), "x");
        Files.createSymbolicLink(directory.path().resolve("2"), outside);
        ModelFiles.deleteAll(copy);
        assertThat(copy).doesNotExist();
        assertThat(outside.resolve("kept")).exists();
    }

    @Test
    void deleteAll_thatIsNotThere_isNoError() {
        ModelFiles.deleteAll(root.resolve("none"));
        assertThat(copy).exists();
    }

    /** Users on several threads, of whom one is the last: the files are there for each and gone after all. */
    @Test
    void release_fromSeveralThreads_deletesOnceAndNotEarlier() throws Exception {
        for (int round = 0; round < 20; round++) {
            createCopyAgain();
            ModelFiles files = ModelFiles.copy(directory, copy);
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Boolean>> seen = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                for (int user = 0; user < 4; user++) {
                    files.retain();
                    seen.add(threads.submit(() -> {
                        start.await();
                        boolean there = Files.exists(directory.path().resolve("1/deep/model.onnx"));
                        files.release();
                        return there;
                    }));
                }
                files.release();
                start.countDown();
                for (Future<Boolean> each : seen) {
                    assertThat(each.get()).isTrue();
                }
            }
            assertThat(copy).doesNotExist();
        }
    }

    private void createCopyAgain() throws IOException {
        if (!Files.exists(copy)) {
            createCopy();
        }
    }
}
