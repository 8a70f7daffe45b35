package io.nereid.backend.python.environment;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class EnvironmentFolderTest {
    private static final String PREFIX = "nereid-python-env-";

    @TempDir
    private Path parent;

    private static void make(Path target) {
        try {
            Files.writeString(Files.createDirectories(target.resolve("bin")).resolve("python3"), "");
            Files.createSymbolicLink(target.resolve("outside"), target.resolve("../..").normalize());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void place_twiceWithOneKey_isTwoFoldersOfOneThatGoesWithTheServer() throws Exception {
        Path other = Files.writeString(parent.resolve("of others"), "kept");
        try (EnvironmentFolder folder = new EnvironmentFolder(parent)) {
            Path first = folder.place("key", EnvironmentFolderTest::make);
            Path second = folder.place("key", EnvironmentFolderTest::make);
            assertThat(first).isNotEqualTo(second).hasParent(second.getParent());
            assertThat(parent.relativize(first).toString()).startsWith(PREFIX);
            assertThat(first.resolve("bin/python3")).exists();
        }
        assertThat(parent).isDirectoryNotContaining("glob:**" + PREFIX + "*");
        assertThat(other).as("what a link in an environment leads to").hasContent("kept");
    }

    @Test
    void place_makersFail_leaveNothingAndTheOthersStay() throws Exception {
        try (EnvironmentFolder folder = new EnvironmentFolder(parent)) {
            Path good = folder.place("a", EnvironmentFolderTest::make);
            InferenceException error = new InferenceException(ErrorCode.INTERNAL, "no");
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> folder.place("b", target -> {
                make(target);
                throw error;
            })).isSameAs(error);
            assertThatIllegalStateException().isThrownBy(() -> folder.place("c", target -> {
                make(target);
                throw new IllegalStateException("defect");
            }));
            assertThat(good.getParent()).isDirectoryNotContaining(path -> !path.equals(good));
            assertThat(good.resolve("bin/python3")).exists();
        }
    }

    @Test
    void place_noFolderForTemporaryFiles_saysWhich() {
        try (EnvironmentFolder folder = new EnvironmentFolder(parent.resolve("missing"))) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> folder.place("a", EnvironmentFolderTest::make))
                    .withMessageContaining("there is no folder for a Python environment below " + parent + "/missing");
        }
    }

    @Test
    void place_manyAtOnce_areAllThereUntilTheEnd() throws Exception {
        Set<Path> made = ConcurrentHashMap.newKeySet();
        try (EnvironmentFolder folder = new EnvironmentFolder(parent)) {
            Race.run(4, thread -> {
                for (int i = 0; i < 5; i++) {
                    made.add(folder.place("key", EnvironmentFolderTest::make));
                }
            });
            assertThat(made).hasSize(20).allSatisfy(path -> assertThat(path.resolve("bin/python3")).exists());
        }
        assertThat(made).allSatisfy(path -> assertThat(path).doesNotExist());
    }
}
