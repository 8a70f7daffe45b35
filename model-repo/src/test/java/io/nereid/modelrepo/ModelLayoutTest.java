package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is said of a model whose files lie somewhere else than they should. */
class ModelLayoutTest {
    private static final String POINTER = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 97800
            """;
    private static final String INVALID_NAME = "Invalid model name: Could not determine backend for model 'm' with no"
            + " backend in model configuration. Expected model name of the form 'model.<backend_name>'. Found: ";

    @TempDir
    private Path root;

    private Path file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** The files of model {@code m}, split by blanks; one that ends in a slash is a folder. */
    private void files(String paths) throws IOException {
        Files.createDirectories(root.resolve("m"));
        for (String path : paths.split(" +")) {
            if (path.endsWith("/")) {
                Files.createDirectories(root.resolve("m").resolve(path));
            } else {
                file("m/" + path, "x");
            }
        }
    }

    private RepositoryModel read() {
        ModelRepository repository = new ModelRepository(List.of(new DirectoryStore(root)), "", false);
        return repository.read(new ModelDirectory("m", root.resolve("m")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1/resnet.onnx            | \
            folder '1' has 'resnet.onnx' (expected 'model.onnx'): rename it, or write default_model_filename: \
            "resnet.onnx" into config.pbtxt beside backend: "onnxruntime"
            1/Model.onnx             | \
            folder '1' has 'Model.onnx' (expected 'model.onnx'): rename it, capital and small letters are different
            1/model.ONNX             | \
            folder '1' has 'model.ONNX' (expected 'model.onnx'): rename it, capital and small letters are different
            1/net.py                 | \
            folder '1' has 'net.py' (expected 'model.py'): rename it, or write default_model_filename: "net.py" into \
            config.pbtxt beside backend: "python"
            1/a.onnx 1/b.onnx        | \
            folder '1' has 'a.onnx', 'b.onnx' (expected 'model.onnx'); a model of another kind needs a backend in \
            config.pbtxt
            1/weights.bin            | \
            folder '1' has 'weights.bin' (expected 'model.onnx'); a model of another kind needs a backend in \
            config.pbtxt
            1/a 1/b 1/c 1/d 1/e 1/f 1/g | \
            folder '1' has 'a', 'b', 'c', 'd', 'e' and 2 more (expected 'model.onnx'); a model of another kind needs \
            a backend in config.pbtxt
            1/                       | \
            folder '1' is empty (expected 'model.onnx' in it); a model of another kind needs a backend in config.pbtxt
            1/.hidden                | \
            folder '1' is empty (expected 'model.onnx' in it); a model of another kind needs a backend in config.pbtxt
            1/ model.onnx            | \
            folder '1' is empty (expected 'model.onnx' in it); 'model.onnx' lies in the model's own folder: move it \
            to '1/model.onnx'
            model.onnx               | \
            'model.onnx' lies in the model's own folder: move it to '1/model.onnx' (expected a folder named by a \
            number, as '1/model.onnx')
            resnet.onnx labels.txt   | \
            'resnet.onnx' lies in the model's own folder: move it to '1/model.onnx' (expected a folder named by a \
            number, as '1/model.onnx')
            v1/model.onnx            | \
            folder 'v1' is no version: rename it to '1' (expected a folder named by a number, as '1/model.onnx')
            Version_2/model.onnx 003/ | \
            folder '003' is no version: rename it to '3'; folder 'Version_2' is no version: rename it to '2' \
            (expected a folder named by a number, as '1/model.onnx')
            assets/ labels.txt       | \
            there is only 'assets', 'labels.txt' (expected a folder named by a number, as '1/model.onnx')
            .git/                    | \
            there is nothing in the model's folder (expected a folder named by a number, as '1/model.onnx')
            """)
    void read_noConfigurationAndNothingThatTellsTheBackend_saysWhatIsThere(String paths, String found)
            throws IOException {
        files(paths);
        assertThatThrownBy(this::read).isInstanceOf(ModelConfigException.class)
                .hasMessage("model configuration of 'm' has 1 problem:\n" + root.resolve("m") + " (no config.pbtxt): "
                        + INVALID_NAME + found);
    }

    @Test
    void read_repositoryThatIsAModel_saysSo() throws IOException {
        file("resnet/1/model.onnx", "x");
        ModelRepository repository = new ModelRepository(List.of(new DirectoryStore(root.resolve("resnet"))), "",
                false);
        assertThatThrownBy(() -> repository.read(new ModelDirectory("1", root.resolve("resnet/1"))))
                .hasMessageEndingWith(
                        "Found: the folder looks like a version, and its repository like a model: give the"
                                + " server the folder that " + root.resolve("resnet") + " is in");
    }

    @Test
    void read_configurationThatNamesNoBackend_saysWhatIsThere() throws IOException {
        files("1/resnet.onnx");
        file("m/config.pbtxt", "max_batch_size: 4");
        assertThatThrownBy(this::read).isInstanceOf(ModelConfigException.class)
                .hasMessageContaining("config.pbtxt: " + INVALID_NAME + "folder '1' has 'resnet.onnx'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            labels.txt               | \
            there is only 'config.pbtxt', 'labels.txt' (expected a folder named by a number, as '1/model.onnx')
            v1/model.onnx            | \
            folder 'v1' is no version: rename it to '1' (expected a folder named by a number, as '1/model.onnx')
            model.onnx               | \
            'model.onnx' lies in the model's own folder: move it to '1/model.onnx' (expected a folder named by a \
            number, as '1/model.onnx')
            1/x 2/x                  | version_policy takes none of the versions that are there, [1, 2]
            """)
    void read_noVersion_saysWhatIsThere(String paths, String found) throws IOException {
        files(paths);
        file("m/config.pbtxt", "backend: 'identity' version_policy { specific { versions: 7 } }");
        assertThatThrownBy(this::read).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("at least one version must be available under the version policy of model 'm': " + found)
                .matches(e -> ((ModelRepositoryException) e).isNoVersion());
    }

    @Test
    void read_directoriesThatAreNoVersions_areWarnings() throws IOException {
        files("1/x 003/ v2/ assets/ warmup/ configs/ initial_state/");
        file("m/config.pbtxt", "backend: 'identity' version_policy { specific { versions: [ 1, 7 ] } }");
        assertThat(read().warnings()).containsExactlyInAnyOrder(
                "ignore version directory '003' which contains leading zeros in its directory name; rename it to '3' if"
                        + " it is a version",
                "ignore version directory 'v2' which fails to convert to integral number; name it by a number if it is"
                        + " a version",
                "ignore version directory 'assets' which fails to convert to integral number; name it by a number if it"
                        + " is a version",
                "version 7 is in version_policy, but there is no directory '7'");
    }

    @ParameterizedTest
    @CsvSource({"Config.pbtxt", "config.pbtxt.txt", "config.prototxt", "config.txt", "CONFIG.PBTXT"})
    void read_configurationOfAnotherName_isAWarningWithTheName(String name) throws IOException {
        files("1/model.onnx");
        file("m/" + name, "backend: 'identity'");
        assertThat(read().config().backend()).isEqualTo("onnxruntime");
        assertThat(read().warnings())
                .containsExactly("'" + name + "' is not read (expected 'config.pbtxt'): rename it");
        ModelRepository strict = new ModelRepository(List.of(new DirectoryStore(root)), "", true);
        assertThatThrownBy(() -> strict.read(new ModelDirectory("m", root.resolve("m"))))
                .hasMessageContaining("there is no " + root.resolve("m/config.pbtxt") + ", but '" + name + "'");
    }

    @Test
    void read_configurationThatIsALfsPointer_saysHowToGetIt() throws IOException {
        files("1/model.onnx");
        file("m/config.pbtxt", POINTER);
        assertThatThrownBy(this::read).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("config.pbtxt is a Git LFS pointer of " + POINTER.length()
                        + " bytes, not the file itself: run 'git lfs pull' in the clone that it comes from");
    }

    @Test
    void fault_files_areJudgedByTheirFirstBytes() throws IOException {
        assertThat(ModelLayout.fault(file("a", ""))).isEqualTo("is empty (0 bytes): copy it again");
        assertThat(ModelLayout.fault(file("b", POINTER))).startsWith("is a Git LFS pointer of 130 bytes");
        assertThat(ModelLayout.fault(file("c", "version https://git"))).isEmpty();
        assertThat(ModelLayout.fault(root.resolve("none"))).isEmpty();
        assertThat(ModelLayout.fault(root)).isEmpty();
        assertThat(ModelLayout.pointer(file("d", ""))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            label.txt                | \
            folder 'm' has 'label.txt' (expected 'labels.txt'): rename it, or write label_filename: "label.txt" into \
            config.pbtxt
            Labels.txt               | \
            folder 'm' has 'Labels.txt' (expected 'labels.txt'): rename it, capital and small letters are different
            1/                       | folder 'm' has '1' (expected 'labels.txt')
            """)
    void read_labelFileThatIsNotThere_saysWhatIs(String paths, String found) throws IOException {
        files(paths);
        assertThatThrownBy(() -> LabelFile.read(root.resolve("m"), "labels.txt"))
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessage("failed to open text file for read " + root.resolve("m/labels.txt")
                        + ": No such file or directory; " + found);
    }

    @Test
    void read_labelFileThatIsALfsPointer_saysHowToGetIt() throws IOException {
        file("m/labels.txt", POINTER);
        assertThatThrownBy(() -> LabelFile.read(root.resolve("m"), "labels.txt"))
                .hasMessageContaining("is a Git LFS pointer").hasMessageContaining("git lfs pull");
    }

    @Test
    void scan_repositoryWithoutModels_saysWhatIsThere() throws IOException {
        Path bare = Files.createDirectory(root.resolve("bare"));
        Path flat = Files.createDirectory(root.resolve("flat"));
        Files.writeString(flat.resolve("resnet.onnx"), "x");
        Path full = root.resolve("full");
        Files.createDirectories(full.resolve("m/1"));
        ModelRepository repository = new ModelRepository(List.of(new DirectoryStore(bare), new DirectoryStore(flat),
                new DirectoryStore(full)), "", false);
        assertThat(repository.scan().empty()).containsExactly(
                "model repository '" + bare
                        + "' has no model: found nothing (expected one folder per model, as 'resnet/1/model.onnx')",
                "model repository '" + flat + "' has no model: found 'resnet.onnx' (expected one folder per model, as"
                        + " 'resnet/1/model.onnx')");
    }
}
