package io.nereid.modelrepo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is noticed of a change to a model's files, and what is not read again. */
class FileDigestsTest {
    private static final FileTime BEFORE = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
    private static final FileTime AFTER = FileTime.from(Instant.parse("2026-01-01T00:00:01Z"));

    @TempDir
    private Path root;
    private Path model;
    private final FileDigests digests = new FileDigests();

    @BeforeEach
    void createModel() throws IOException {
        model = Files.createDirectory(root.resolve("m"));
        write("config.pbtxt", "backend: 'x'");
        write("1/model.onnx", "one");
        write("2/deep/er/model.onnx", "two");
    }

    private Path write(String path, String content) throws IOException {
        Path file = model.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return Files.setLastModifiedTime(file, BEFORE);
    }

    private SortedMap<String, String> digests() throws IOException {
        return digests.of(model);
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    @Test
    void of_model_namesFilesAndDirectoriesByTheirPath() throws Exception {
        assertThat(digests()).containsExactlyEntriesOf(new java.util.TreeMap<>(Map.of("1/", "", "1/model.onnx",
                sha256("one".getBytes(UTF_8)), "2/", "", "2/deep/", "", "2/deep/er/", "", "2/deep/er/model.onnx",
                sha256("two".getBytes(UTF_8)), "config.pbtxt", sha256("backend: 'x'".getBytes(UTF_8)))));
    }

    @Test
    void of_emptyDirectory_isKnownByItsName() throws Exception {
        Files.createDirectory(model.resolve("3"));
        assertThat(digests()).containsEntry("3/", "");
        Files.delete(model.resolve("3"));
        assertThat(digests()).doesNotContainKey("3/");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 19})
    void of_fileOfAnySize_isHashedWhole(int size) throws Exception {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        Files.write(model.resolve("1/model.onnx"), content);
        assertThat(digests()).containsEntry("1/model.onnx", sha256(content));
    }

    @Test
    void of_contentOfTheSameSize_isNoticedByItsTime() throws Exception {
        SortedMap<String, String> before = digests();
        Files.writeString(model.resolve("1/model.onnx"), "ONE");
        Files.setLastModifiedTime(model.resolve("1/model.onnx"), AFTER);
        SortedMap<String, String> after = digests();
        assertThat(after).isNotEqualTo(before);
        assertThat(after.get("1/model.onnx")).isNotEqualTo(before.get("1/model.onnx"));
        assertThat(after.get("2/deep/er/model.onnx")).isEqualTo(before.get("2/deep/er/model.onnx"));
    }

    @Test
    void of_contentOfAnotherSize_isNoticedThoughTheTimeIsTheSame() throws Exception {
        String before = digests().get("1/model.onnx");
        write("1/model.onnx", "longer");
        assertThat(digests().get("1/model.onnx")).isNotEqualTo(before);
    }

    @Test
    void of_fileReplacedByAnother_isNoticedThoughSizeAndTimeAreTheSame() throws Exception {
        String before = digests().get("1/model.onnx");
        Path other = write("other", "ENO");
        Files.move(other, model.resolve("1/model.onnx"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(digests().get("1/model.onnx")).as("another file on the disk").isNotEqualTo(before);
    }

    @Test
    void of_onlyTheTimeChanged_isTheSameContent() throws Exception {
        SortedMap<String, String> before = digests();
        Files.setLastModifiedTime(model.resolve("1/model.onnx"), AFTER);
        assertThat(digests()).isEqualTo(before);
    }

    /** Written to without a trace: the file is not read again, which is what makes a look at many models cheap. */
    @Test
    void of_sizeTimeAndFileAreTheSame_isNotReadAgain() throws Exception {
        SortedMap<String, String> before = digests();
        write("1/model.onnx", "eno");
        assertThat(digests()).isEqualTo(before);
        assertThat(new FileDigests().of(model)).as("who has not seen it reads it").isNotEqualTo(before);
    }

    @Test
    void of_fileAddedOrRemoved_isNoticed() throws Exception {
        SortedMap<String, String> before = digests();
        write("1/extra", "");
        assertThat(digests()).containsKey("1/extra").hasSize(before.size() + 1);
        Files.delete(model.resolve("1/extra"));
        assertThat(digests()).isEqualTo(before);
    }

    @Test
    void of_fileRemovedAndWrittenAgain_isReadAgain() throws Exception {
        digests();
        Files.delete(model.resolve("1/model.onnx"));
        digests();
        write("1/model.onnx", "eno");
        assertThat(digests().get("1/model.onnx")).isEqualTo(sha256("eno".getBytes(UTF_8)));
    }

    @Test
    void of_links_areFollowed() throws Exception {
        Path outside = Files.createDirectory(root.resolve("outside"));
        Files.writeString(outside.resolve("weights"), "w");
        Files.createSymbolicLink(model.resolve("4"), outside);
        Files.createSymbolicLink(model.resolve("1/labels.txt"), outside.resolve("weights"));
        assertThat(digests()).containsEntry("4/", "").containsEntry("4/weights", sha256("w".getBytes(UTF_8)))
                .containsEntry("1/labels.txt", sha256("w".getBytes(UTF_8)));
        Files.writeString(outside.resolve("weights"), "longer");
        assertThat(digests()).containsEntry("4/weights", sha256("longer".getBytes(UTF_8)));
    }

    @Test
    void of_linkSwitchedOver_isNoticed() throws Exception {
        Path first = write("../first", "a");
        Path second = write("../second", "b");
        Path link = Files.createSymbolicLink(model.resolve("1/link"), first);
        String before = digests().get("1/link");
        Files.delete(link);
        Files.createSymbolicLink(link, second);
        assertThat(digests().get("1/link")).isNotEqualTo(before);
    }

    @Test
    void of_linkToAnEnclosingDirectory_failsInsteadOfGoingOnForEver() throws Exception {
        Files.createSymbolicLink(model.resolve("1/loop"), model);
        assertThatThrownBy(this::digests).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void of_directoryThatIsNotThere_fails() {
        assertThatThrownBy(() -> digests.of(root.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void of_twoModels_knowNothingOfEachOther() throws Exception {
        Path other = Files.createDirectories(root.resolve("other/1"));
        Files.writeString(other.resolve("model.onnx"), "eno");
        Files.setLastModifiedTime(other.resolve("model.onnx"), BEFORE);
        digests();
        assertThat(digests.of(root.resolve("other"))).containsEntry("1/model.onnx", sha256("eno".getBytes(UTF_8)));
        assertThat(digests()).containsEntry("1/model.onnx", sha256("one".getBytes(UTF_8)));
    }

    @Test
    void of_severalThreads_findTheSame() throws Exception {
        SortedMap<String, String> expected = new FileDigests().of(model);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<SortedMap<String, String>>> found = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                found.add(threads.submit(this::digests));
            }
            for (Future<SortedMap<String, String>> each : found) {
                assertThat(each.get()).isEqualTo(expected);
            }
        }
    }
}
