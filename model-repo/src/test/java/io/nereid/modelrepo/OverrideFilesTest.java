package io.nereid.modelrepo;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OverrideFilesTest {
    private final OverrideFiles files = new OverrideFiles();

    @AfterEach
    void delete() {
        files.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1/model.onnx", "labels.txt", "warmup/input", "1/a/b/c", "1//model.onnx"})
    void create_insideTheModel_isWritten(String path) throws IOException {
        write(path);
        ModelFiles taken = files.take("m");
        assertThat(taken.directory().path().resolve(path)).hasContent("x");
        taken.release();
        assertThat(taken.directory().path()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"/3/model.onnx,is an absolute path", "../x,leads out of the model's directory",
            "3/../../x,leads out of the model's directory", "..,leads out of the model's directory",
            "3/../4/x,does not name a file", "3/./x,does not name a file", ".,does not name a file",
            "3/,does not name a file", "'',does not name a file", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q,has 17 names"})
    void create_elsewhere_isRefusedWithItsCause(String path, String why) {
        assertRefused(path, why);
    }

    @Test
    void create_namesThatNoFileSystemTakes_areRefusedWithTheirCause() throws IOException {
        assertRefused("1/" + "x".repeat(256), "a file's name must not be longer than 255 bytes, got 256");
        assertRefused("1/" + "\u00e9".repeat(128), "a file's name must not be longer than 255 bytes, got 256");
        assertRefused("1/a\0b", "is no path on this system: ");
        String long4 = ("d".repeat(255) + "/").repeat(4);
        assertRefused(long4 + "x", "the whole must not be longer than 1024 bytes, got 1025");
        write("1/" + "x".repeat(255));
    }

    @Test
    void create_whereAnotherFileIs_isRefused() throws IOException {
        write("1/a");
        write("2/b/c");
        assertRefused("1/a/b", "lies in '1/a', which is a file of this request");
        assertRefused("2/b", "is a directory of this request");
    }

    private void write(String path) throws IOException {
        try (var file = files.create(path)) {
            file.write('x');
        }
    }

    private void assertRefused(String path, String why) {
        assertThatThrownBy(() -> files.create(path)).isInstanceOf(ModelRepositoryException.class)
                .hasMessageStartingWith("file override 'file:").hasMessageContaining("': " + why)
                .hasMessageEndingWith(" (expected 'file:<version>/<file name>', inside the model's directory)");
    }
}
