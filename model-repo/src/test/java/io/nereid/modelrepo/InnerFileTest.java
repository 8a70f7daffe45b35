package io.nereid.modelrepo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Files that a configuration names: nothing outside of the model's directory is read for it. */
class InnerFileTest {
    @TempDir
    private Path root;
    private Path model;

    @BeforeEach
    void createFiles() throws IOException {
        model = Files.createDirectory(root.resolve("m"));
        Files.createDirectories(model.resolve("1"));
        Files.writeString(model.resolve("1/labels.txt"), "a\nb");
        Files.writeString(root.resolve("secret"), "s");
        Files.createDirectory(root.resolve("m-other"));
        Files.writeString(root.resolve("m-other/file"), "o");
        Files.createSymbolicLink(model.resolve("inner"), model.resolve("1/labels.txt"));
        Files.createSymbolicLink(model.resolve("outer"), root.resolve("secret"));
        Files.createSymbolicLink(model.resolve("up"), root);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1/labels.txt", "inner", "1/../1/labels.txt", "./1/./labels.txt", "up/m/1/labels.txt",
            "../m/1/labels.txt"})
    void find_waysToAFileInside_leadToIt(String relative) throws IOException {
        assertThat(InnerFile.find(model, relative, "label file")).isEqualTo(model.toRealPath().resolve("1/labels.txt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "outer", "up/secret", "..", "../m-other/file", "1/../../secret"})
    void find_waysOut_areRefused(String relative) throws IOException {
        assertThatThrownBy(() -> InnerFile.find(model, relative, "state file"))
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("state file '" + relative + "' of model directory " + model
                        + " must be inside that directory, but is " + root.toRealPath());
    }

    @Test
    void find_absolutePath_isRefusedUnlessItIsInside() throws IOException {
        Path inside = model.resolve("1/labels.txt").toRealPath();
        assertThat(InnerFile.find(model, inside.toString(), "label file")).isEqualTo(inside);
        assertThatThrownBy(() -> InnerFile.find(model, root.resolve("secret").toString(), "label file"))
                .isInstanceOf(ModelRepositoryException.class).hasMessageContaining("must be inside that directory");
    }

    @Test
    void find_modelDirectoryBehindALink_isItsRealPlace() throws IOException {
        Path link = Files.createSymbolicLink(root.resolve("link"), model);
        assertThat(InnerFile.find(link, "inner", "label file")).isEqualTo(model.toRealPath().resolve("1/labels.txt"));
    }

    @Test
    void find_nothingThere_isAnError() {
        assertThatThrownBy(() -> InnerFile.find(model, "none", "label file")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> InnerFile.find(root.resolve("gone"), "x", "label file"))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> InnerFile.find(model, "a\0b", "label file")).isInstanceOf(IOException.class)
                .hasMessageStartingWith("'a\0b' is no name of a file: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one", "one\n", "one\ntwo", "one\r\n\r\nthree\n", "\n\n"})
    void labels_text_areItsLines(String text) throws IOException {
        Files.writeString(model.resolve("labels.txt"), text);
        assertThat(LabelFile.read(model, "labels.txt")).isEqualTo(text.lines().toList());
    }

    @Test
    void labels_fileThatIsNoUtf8_namesItAndTheField() throws IOException {
        Files.write(model.resolve("labels.txt"), new byte[]{'K', (byte) 0xe4, 's', 'e'});
        assertThatThrownBy(() -> LabelFile.read(model, "labels.txt")).isInstanceOf(ModelRepositoryException.class)
                .hasCauseInstanceOf(MalformedInputException.class)
                .hasMessageStartingWith("failed to read label file 'labels.txt' of model directory " + model + ": ")
                .hasMessageEndingWith("; check 'label_filename' of the model's outputs");
    }

    @Test
    void labels_directory_isNoLabelFile() {
        assertThatThrownBy(() -> LabelFile.read(model, "1")).isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("failed to read label file '1'");
    }
}
