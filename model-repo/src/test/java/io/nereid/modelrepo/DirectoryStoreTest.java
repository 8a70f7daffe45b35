package io.nereid.modelrepo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DirectoryStoreTest {
    @TempDir
    private Path root;

    private DirectoryStore store() {
        return new DirectoryStore(root);
    }

    private void directories(String... paths) throws IOException {
        for (String path : paths) {
            Files.createDirectories(root.resolve(path));
        }
    }

    @Test
    void list_entries_areTheDirectoriesThatAreNotHidden() throws IOException {
        directories("b/1", "a", ".git", "..2026_11_29", "with space", "\u00fcber");
        Files.writeString(root.resolve("file"), "");
        Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
        Files.createSymbolicLink(root.resolve("broken"), root.resolve("none"));
        assertThat(store().list()).containsExactly("a", "b", "link", "with space", "\u00fcber");
    }

    @Test
    void list_afterAChange_isTheNewState() throws IOException {
        DirectoryStore store = store();
        assertThat(store.list()).isEmpty();
        directories("m");
        assertThat(store.list()).containsExactly("m");
        Files.delete(root.resolve("m"));
        assertThat(store.list()).isEmpty();
    }

    /** How Kubernetes and deployment scripts replace a whole repository: in one step, under a running server. */
    @Test
    void list_linkSwitchedOver_isReadAtTheNewPlace() throws IOException {
        directories("v1/old", "v2/new");
        Path link = Files.createSymbolicLink(root.resolve("current"), root.resolve("v1"));
        DirectoryStore store = new DirectoryStore(link);
        assertThat(store.list()).containsExactly("old");
        String identity = store.identity();
        Files.delete(link);
        Files.createSymbolicLink(link, root.resolve("v2"));
        assertThat(store.list()).containsExactly("new");
        assertThat(store.has("old")).isFalse();
        assertThat(store.identity()).isNotEqualTo(identity);
        assertThat(store.location()).isEqualTo(link.toString());
    }

    @ParameterizedTest
    @CsvSource({"m, true", "link, true", "file, false", ".hidden, false", "none, false", "'', false", "., false",
            ".., false", "m/1, false", "m\\1, false", "/, false"})
    void has_name_isWhetherItIsListed(String name, boolean expected) throws IOException {
        directories("m/1", ".hidden");
        Files.writeString(root.resolve("file"), "");
        Files.createSymbolicLink(root.resolve("link"), root.resolve("m"));
        assertThat(store().has(name)).isEqualTo(expected).isEqualTo(store().list().contains(name));
    }

    @Test
    void has_nameThatNoFileCanHave_isFalse() {
        assertThat(store().has("a\0b")).isFalse();
        assertThat(store().has("x".repeat(4096))).isFalse();
    }

    @Test
    void identity_waysToWriteThePlace_isTheSame() throws IOException {
        directories("models");
        Path link = Files.createSymbolicLink(root.resolve("link"), root.resolve("models"));
        String identity = new DirectoryStore(root.resolve("models")).identity();
        assertThat(new DirectoryStore(link).identity()).isEqualTo(identity);
        assertThat(new DirectoryStore(root.resolve("models/../models/.")).identity()).isEqualTo(identity);
        assertThat(store().identity()).isNotEqualTo(identity);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "file", "broken"})
    void everyQuestion_placeThatIsNoDirectory_saysWhatToDo(String name) throws IOException {
        Files.writeString(root.resolve("file"), "");
        Files.createSymbolicLink(root.resolve("broken"), root.resolve("nowhere"));
        DirectoryStore store = new DirectoryStore(root.resolve(name));
        assertThatThrownBy(store::list).isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("failed to read model repository '" + root.resolve(name) + "': ")
                .hasMessageEndingWith("; --model-repository must name a directory that can be read");
    }

    @Test
    void instead_nothingOrFiles_isSaidWithWhatWasExpected() throws IOException {
        assertThat(store().instead())
                .isEqualTo("found nothing (expected one folder per model, as 'resnet/1/model.onnx')");
        Files.writeString(root.resolve("model.onnx"), "");
        Files.writeString(root.resolve(".hidden"), "");
        assertThat(store().instead())
                .isEqualTo("found 'model.onnx' (expected one folder per model, as 'resnet/1/model.onnx')");
    }

    @Test
    void contents_changedFile_differs() throws IOException {
        directories("m/1", "other");
        Files.writeString(root.resolve("m/1/model.onnx"), "a");
        DirectoryStore store = store();
        ModelContents before = store.contents("m");
        assertThat(store.contents("m")).isEqualTo(before);
        Files.writeString(root.resolve("m/1/model.onnx"), "longer");
        assertThat(store.contents("m").ofVersion(1)).isNotEqualTo(before.ofVersion(1));
        assertThat(store.contents("other")).isEqualTo(ModelContents.UNKNOWN);
    }

    @Test
    void contents_fileThatCannotBeRead_namesTheModelAndItsPlace() throws IOException {
        directories("m/1");
        Files.createSymbolicLink(root.resolve("m/1/loop"), root.resolve("m"));
        assertThatThrownBy(() -> store().contents("m")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("failed to read the files of model 'm' in " + root.toRealPath().resolve("m"))
                .hasMessageEndingWith("; check that they can be read");
    }

    @Test
    void fetch_model_staysWhereItIs() throws IOException {
        directories("m/1");
        ModelFiles files = store().fetch("m");
        assertThat(files.directory()).isEqualTo(new ModelDirectory("m", root.toRealPath().resolve("m")));
        files.release();
        assertThat(root.resolve("m/1")).isDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "..", "", "m/1", ".git"})
    void fetchAndContents_noSuchModel_saySo(String name) throws IOException {
        directories("m/1", ".git");
        String text = "model repository '" + root + "' has no model '" + name + "'";
        assertThatThrownBy(() -> store().fetch(name)).isInstanceOf(ModelRepositoryException.class).hasMessage(text);
        assertThatThrownBy(() -> store().contents(name)).hasMessage(text);
    }

    @Test
    void close_store_leavesTheFiles() throws IOException {
        directories("m");
        DirectoryStore store = store();
        store.close();
        assertThat(root.resolve("m")).isDirectory();
    }
}
