package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfigException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ModelRepositoryTest {

    private static final String CONFIG = "backend: \"identity\"\n";

    @TempDir
    private Path root;

    @Test
    void scan_directoriesAndFiles_findsTheDirectories() throws IOException {
        model("b", CONFIG, "1");
        model("a", CONFIG, "1");
        Files.createDirectory(root.resolve(".git"));
        Files.writeString(root.resolve("README"), "");
        RepositoryScan scan = repository().scan();
        assertThat(scan.models().keySet()).containsExactly("a", "b");
        assertThat(find(repository(), "a")).isEqualTo(new ModelDirectory("a", root.toRealPath().resolve("a")));
        assertThat(scan.conflicts()).isEmpty();
    }

    @Test
    void scan_sameNameTwice_isAConflictOfThatNameOnly() throws IOException {
        Path first = Files.createDirectory(root.resolve("first"));
        Path second = Files.createDirectory(root.resolve("second"));
        Files.createDirectory(first.resolve("shared"));
        Files.createDirectory(second.resolve("shared"));
        Files.createDirectories(second.resolve("own"));
        RepositoryScan scan = new ModelRepository(stores(first, second), "", false).scan();
        assertThat(scan.models().keySet()).containsExactly("own");
        assertThat(scan.conflicts()).containsOnlyKeys("shared");
        assertThat(scan.conflicts().get("shared"))
                .isEqualTo(
                        "model 'shared' is not unique: model appears in two or more repositories, remove or rename all but"
                                + " one of " + first.toRealPath() + "/shared " + second.toRealPath() + "/shared");
    }

    @Test
    void scan_sameNameInTwoNamespaces_hasBoth() throws IOException {
        Path first = Files.createDirectory(root.resolve("first"));
        Path second = Files.createDirectory(root.resolve("second"));
        for (Path model : List.of(first.resolve("shared"), second.resolve("shared"), second.resolve("own"),
                second.resolve("a::b"))) {
            Files.createDirectory(model);
        }
        ModelRepository repository = new ModelRepository(stores(first, second), "", false, true);
        RepositoryScan scan = repository.scan();
        String own = second + "::own";
        assertThat(scan.models().keySet()).containsExactlyInAnyOrder(first + "::shared", second + "::shared", own);
        assertThat(scan.conflicts()).containsOnlyKeys("a::b");
        assertThat(repository.scan("shared").models()).containsOnlyKeys(first + "::shared", second + "::shared");
        assertThat(repository.scan(own).models()).containsOnlyKeys(own);
        assertThat(repository.scan(first + "::own").models()).isEmpty();
        assertThat(Objects.requireNonNull(scan.models().get(own)).fetch().directory().id()).isEqualTo(own);
        assertThat(repository.namespaceOfStep(first.toString(), "shared")).isEqualTo(first.toString());
        assertThat(repository.namespaceOfStep(first.toString(), "own")).isEqualTo(second.toString());
        assertThat(repository.namespaceOfStep("/elsewhere", "shared")).as("ambiguous").isEmpty();
        assertThat(repository.namespaceOfStep(first.toString(), "none")).isEmpty();
    }

    /** A load looks for its model alone: with a listing of all for each, many models would take for ever to load. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "link", "shared", "none", "README", ".git", "", ".", "..", "a/1", "../first/a", "/",
            "a\\1", "nul\0"})
    void scan_ofOneName_saysOfItWhatTheScanOfAllSays(String name) throws IOException {
        Path first = Files.createDirectory(root.resolve("first"));
        Path second = Files.createDirectory(root.resolve("second"));
        Files.createDirectories(first.resolve("a/1"));
        Files.createDirectory(first.resolve(".git"));
        Files.createDirectory(first.resolve("shared"));
        Files.createDirectory(second.resolve("shared"));
        Files.createSymbolicLink(second.resolve("link"), first.resolve("a"));
        Files.writeString(second.resolve("README"), "");
        ModelRepository repository = new ModelRepository(stores(first, second), "", false);
        RepositoryScan all = repository.scan();
        RepositoryScan one = repository.scan(name);
        assertThat(all.models().keySet()).containsExactly("a", "link");
        assertThat(one.models().keySet()).isEqualTo(all.models().containsKey(name) ? Set.of(name) : Set.of());
        assertThat(one.conflicts()).isEqualTo(
                all.conflicts().containsKey(name) ? Map.of(name, all.conflicts().get(name)) : Map.of());
        assertThatThrownBy(() -> stores(first, second).getFirst().fetch("none"))
                .isInstanceOf(ModelRepositoryException.class).hasMessageEndingWith("has no model 'none'");
    }

    @Test
    void scan_sameRepositoryTwice_isNoConflict() throws IOException {
        model("a", CONFIG, "1");
        Path link = Files.createSymbolicLink(root.resolve("link"), root);
        RepositoryScan scan = new ModelRepository(stores(root, link), "", false).scan();
        assertThat(scan.models()).containsKey("a");
        assertThat(scan.conflicts()).isEmpty();
    }

    @Test
    void scan_repositoryThatIsNotThere_saysWhatToDo() {
        Path nowhere = root.resolve("nowhere");
        assertThatThrownBy(() -> new ModelRepository(stores(nowhere), "", false).scan())
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("failed to read model repository '" + nowhere + "': ")
                .hasMessageEndingWith("--model-repository must name a directory that can be read");
    }

    @Test
    void scan_repositoryThatIsAFile_saysWhatToDo() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");
        assertThatThrownBy(() -> new ModelRepository(stores(file), "", false).scan())
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("failed to read model repository '" + file.toRealPath());
    }

    @Test
    void read_versionDirectories_followsTheRulesOfNames() throws IOException {
        model("m", CONFIG + "version_policy { all { } }", "1", "3", "12", "01", "1a", "-2", "warmup", "initial_state",
                "configs", "99999999999999999999", "0");
        Files.writeString(root.resolve("m/7"), "a file is no version");
        assertThat(read("m").versions().keySet()).containsExactly(0L, 1L, 3L, 12L);
        assertThat(read("m").versions().get(12L)).isEqualTo(root.toRealPath().resolve("m/12"));
    }

    @Test
    void read_noPolicy_takesTheHighestVersion() throws IOException {
        model("m", CONFIG, "2", "10");
        assertThat(read("m").versions().keySet()).containsExactly(10L);
    }

    @Test
    void read_specificVersions_takesThoseThatAreThere() throws IOException {
        model("m", CONFIG + "version_policy { specific { versions: [ 1, 5 ] } }", "1", "2");
        assertThat(read("m").versions().keySet()).containsExactly(1L);
    }

    @Test
    void read_noVersion_isRefused() throws IOException {
        model("none", CONFIG);
        model("other", CONFIG + "version_policy { specific { versions: 5 } }", "1");
        for (String name : List.of("none", "other")) {
            assertThatThrownBy(() -> read(name)).isInstanceOf(ModelRepositoryException.class).hasMessageStartingWith(
                    "at least one version must be available under the version policy of model '" + name + "': ");
        }
    }

    @Test
    void read_noConfiguration_isKnownByTheFilesOfTheFirstVersion() throws IOException {
        model("m", null, "2", "10");
        Files.writeString(root.resolve("m/10/model.py"), "");
        Files.createDirectory(root.resolve("m/2/model.onnx"));
        assertThat(read("m").config().backend()).isEqualTo("python");
        Files.delete(root.resolve("m/10/model.py"));
        Files.createDirectory(root.resolve("m/10/model.onnx"));
        assertThat(read("m").config().backend()).isEqualTo("onnxruntime");
    }

    @Test
    void read_noConfigurationThoughRequired_isRefused() throws IOException {
        model("m", null, "1");
        Files.writeString(root.resolve("m/1/model.onnx"), "");
        ModelRepository strict = new ModelRepository(stores(root), "", true);
        ModelDirectory directory = find(strict, "m");
        assertThatThrownBy(() -> strict.read(directory)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("failed to read the configuration of model 'm'")
                .hasMessageContaining("config.pbtxt");
    }

    @Test
    void read_configName_prefersItWhereItIsThere() throws IOException {
        model("with", CONFIG + "max_batch_size: 1", "1");
        Files.createDirectory(root.resolve("with/configs"));
        Files.writeString(root.resolve("with/configs/big.pbtxt"), CONFIG + "max_batch_size: 64");
        model("without", CONFIG + "max_batch_size: 1", "1");
        ModelRepository repository = new ModelRepository(stores(root), "big", false);
        assertThat(repository.read(find(repository, "with")).config().maxBatchSize()).isEqualTo(64);
        assertThat(repository.read(find(repository, "without")).config().maxBatchSize()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", "a\\b", ".."})
    void configName_withAPath_isRefused(String name) {
        assertThatThrownBy(() -> new ModelRepository(stores(root), name, false))
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessage("model config name must be a plain name, got '" + name + "'");
    }

    @Test
    void readWithAnotherConfiguration_takesItInPlaceOfTheFile() throws IOException {
        model("m", CONFIG + "max_batch_size: 1", "1", "2", "3");
        RepositoryModel model = repository().read(find(repository(), "m"),
                "{\"backend\":\"identity\",\"max_batch_size\":8,"
                        + "\"version_policy\":{\"specific\":{\"versions\":[1,9]}}}");
        assertThat(model.config().maxBatchSize()).isEqualTo(8);
        assertThat(model.versions()).containsOnlyKeys(1L);
        assertThat(model.warnings())
                .containsExactly("version 9 is in version_policy, but there is no directory '9'");
        assertThat(model.directory().name()).isEqualTo("m");
    }

    @Test
    void readWithAnotherConfiguration_needsNoFile() throws IOException {
        model("m", null, "1");
        Files.writeString(root.resolve("m/1/model.onnx"), "");
        ModelRepository strict = new ModelRepository(stores(root), "", true);
        assertThat(strict.read(find(strict, "m"), "{}").config().backend()).isEqualTo("onnxruntime");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"name\":\"other\",\"backend\":\"identity\"}", "{\"bakend\":\"identity\"}", "[]", ""})
    void readWithAnotherConfiguration_thatCannotBeUsed_namesTheRequest(String json) throws IOException {
        model("m", CONFIG, "1");
        ModelRepository repository = repository();
        ModelDirectory directory = find(repository, "m");
        assertThatThrownBy(() -> repository.read(directory, json)).isInstanceOf(ModelConfigException.class)
                .hasMessageContaining("the 'config' of the load request:");
    }

    @Test
    void readWithAnotherConfiguration_noVersion_isRefused() throws IOException {
        model("m", CONFIG);
        ModelRepository repository = repository();
        ModelDirectory directory = find(repository, "m");
        assertThatThrownBy(() -> repository.read(directory, "{\"backend\":\"identity\"}"))
                .isInstanceOf(ModelRepositoryException.class).hasMessageStartingWith(
                        "at least one version must be available under the version policy of model 'm': ");
    }

    @Test
    void read_wrongConfiguration_namesTheFile() throws IOException {
        model("m", "bakend: 'x'", "1");
        assertThatThrownBy(() -> read("m")).isInstanceOf(ModelConfigException.class)
                .hasMessageContaining(root.toRealPath() + "/m/config.pbtxt:1:1: unknown field 'bakend' in ModelConfig"
                        + " (did you mean 'backend'?)");
    }

    @Test
    void read_configurationThatIsNoText_isRefused() throws IOException {
        model("m", CONFIG, "1");
        Files.write(root.resolve("m/config.pbtxt"), new byte[]{(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> read("m")).isInstanceOf(ModelConfigException.class)
                .hasMessageContaining("config.pbtxt:1:1: expected a field name, got the character U+FFFD");
    }

    @Test
    void read_commentInAnotherEncoding_isAComment() throws IOException {
        model("m", CONFIG, "1");
        Files.write(root.resolve("m/config.pbtxt"), ("# K\u00e4se\n" + CONFIG).getBytes(ISO_8859_1));
        assertThat(read("m").config().backend()).isEqualTo("identity");
        assertThat(read("m").config().warnings()).isEmpty();
    }

    @Test
    void read_stringInAnotherEncoding_isReportedWithItsPlace() throws IOException {
        String text = CONFIG + "parameters { key: \"K\u00e4se\" value { } }";
        model("m", "", "1");
        Files.write(root.resolve("m/config.pbtxt"), text.getBytes(ISO_8859_1));
        assertThat(read("m").config().parameters()).containsOnlyKeys("K\ufffdse");
        assertThat(read("m").config().warnings()).singleElement().asString()
                .contains("config.pbtxt:2:19: 'key' has bytes that are not UTF-8");
    }

    @Test
    void labels_fileInside_isReadLineByLine() throws IOException {
        Path labels = Files.writeString(root.resolve("labels.txt"), "Bread\nDairy product\r\n\nEgg");
        assertThat(LabelFile.read(root, labels.getFileName().toString())).containsExactly("Bread", "Dairy product", "",
                "Egg");
    }

    @Test
    void labels_fileOutside_isRefusedAlsoThroughALink() throws IOException {
        Path model = Files.createDirectory(root.resolve("m"));
        Path secret = Files.writeString(root.resolve("secret"), "x");
        Files.createSymbolicLink(model.resolve("link.txt"), secret);
        for (String name : List.of("../secret", "link.txt", secret.toString())) {
            assertThatThrownBy(() -> LabelFile.read(model, name)).isInstanceOf(ModelRepositoryException.class)
                    .hasMessageContaining("label file '" + name + "'")
                    .hasMessageContaining("must be inside that directory");
        }
    }

    @Test
    void labels_fileThatIsNotThere_isRefused() {
        assertThatThrownBy(() -> LabelFile.read(root, "no.txt")).isInstanceOf(ModelRepositoryException.class)
                .hasMessage("failed to open text file for read " + root.resolve("no.txt")
                        + ": No such file or directory; folder '" + root.getFileName()
                        + "' is empty (expected 'no.txt' in it)");
    }

    private ModelRepository repository() {
        return new ModelRepository(stores(root), "", false);
    }

    private RepositoryModel read(String name) {
        return repository().read(find(repository(), name));
    }

    private static ModelDirectory find(ModelRepository repository, String name) {
        return Objects.requireNonNull(repository.scan().models().get(name), name).fetch().directory();
    }

    private static List<ModelStore> stores(Path... roots) {
        return Stream.of(roots).<ModelStore>map(DirectoryStore::new).toList();
    }

    private void model(String name, @Nullable String config, String... directories)
            throws IOException {
        Path model = Files.createDirectory(root.resolve(name));
        if (config != null) {
            Files.writeString(model.resolve("config.pbtxt"), config);
        }
        for (String directory : directories) {
            Files.createDirectory(model.resolve(directory));
        }
    }
}
