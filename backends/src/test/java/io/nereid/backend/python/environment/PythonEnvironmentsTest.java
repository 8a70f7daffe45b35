package io.nereid.backend.python.environment;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PythonEnvironmentsTest {
    private static final Map<String, String> PROCESS = Map.of("PATH", "/usr/bin");

    @TempDir
    private Path folder;

    private PythonEnvironments environments(boolean allowRequirements) {
        return new PythonEnvironments("python3", allowRequirements, PROCESS, null, folder);
    }

    private Path virtualEnvironment() throws IOException {
        Path environment = Files.createDirectories(folder.resolve("model/env"));
        Files.createDirectories(environment.resolve("lib"));
        Files.createDirectories(environment.resolve("bin"));
        Files.createFile(environment.resolve("bin/activate"));
        Path python = Files.createFile(environment.resolve("bin/python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        return environment;
    }

    @Test
    void of_nothing_isTheServersInterpreter() throws Exception {
        try (PythonEnvironments environments = environments(false)) {
            assertThat(environments.of("", folder, folder))
                    .isEqualTo(new PythonEnvironment("python3", Map.of(), Set.of()));
        }
    }

    @Test
    void of_folderInTheModel_isUsedInPlace() throws Exception {
        Path environment = virtualEnvironment();
        try (PythonEnvironments environments = environments(false)) {
            PythonEnvironment python = environments.of("$$TRITON_MODEL_DIRECTORY/env", folder.resolve("model"), folder);

            assertThat(python.interpreter()).isEqualTo(environment.resolve("bin/python3").toString());
            assertThat(python.variables()).isEqualTo(Map.of("VIRTUAL_ENV", environment.toString(),
                    "VIRTUAL_ENV_PROMPT", "(env) ", "PATH", environment + "/bin:/usr/bin", "LD_LIBRARY_PATH",
                    environment + "/lib"));
            assertThat(python.dropped()).containsExactly("PYTHONHOME");
        }
    }

    @Test
    void of_folderWithoutActivate_isRefusedInTritonsWords() throws Exception {
        Path environment = virtualEnvironment();
        Files.delete(environment.resolve("bin/activate"));
        try (PythonEnvironments environments = environments(false)) {
            assertThatThrownBy(() -> environments.of(environment.toString(), folder, folder))
                    .isInstanceOf(InferenceException.class).hasMessage("Path " + environment
                            + "/bin/activate does not exist. The Python environment should contain an 'activate'"
                            + " script.");
        }
    }

    @Test
    void of_missingPath_isRefused() {
        try (PythonEnvironments environments = environments(false)) {
            assertThatThrownBy(() -> environments.of("/no/such/env.tar.gz", folder, folder))
                    .isInstanceOf(InferenceException.class).hasMessageContaining("does not exist");
        }
    }

    @Test
    void of_archive_isUnpackedOnceAndRemovedAtTheEnd() throws Exception {
        Path environment = virtualEnvironment();
        Path archive = folder.resolve("env.tar.gz");
        Process tar = new ProcessBuilder("tar", "czf", archive.toString(), "-C", environment.toString(), ".").start();
        assertThat(tar.waitFor()).isZero();
        Path unpacked;
        try (PythonEnvironments environments = environments(false)) {
            PythonEnvironment first = environments.of(archive.toString(), folder, folder);
            assertThat(environments.of(archive.toString(), folder, folder)).isSameAs(first);
            unpacked = Path.of(first.interpreter());
            assertThat(unpacked).isExecutable();

            Path copy = Files.copy(archive, folder.resolve("copy.tar.gz"));
            Files.setLastModifiedTime(copy, FileTime.fromMillis(1_000_000));
            assertThat(environments.of(copy.toString(), folder, folder)).isSameAs(first);
        }
        assertThat(unpacked).doesNotExist();
        assertThat(folder).isDirectoryNotContaining("glob:**nereid-python-env-*");
    }

    @Test
    void of_requirementsThatAreNotAllowed_areNotInstalled() throws Exception {
        Files.writeString(folder.resolve("requirements.txt"), "no-such-package");
        try (PythonEnvironments environments = environments(false)) {
            assertThat(environments.of("", folder, folder).interpreter()).isEqualTo("python3");
        }
    }

    @Test
    void of_requirementsThatCannotBeInstalled_saysWhatPipSays() throws Exception {
        Files.writeString(folder.resolve("requirements.txt"), "--no-index\nno-such-package-at-all\n");
        try (PythonEnvironments environments = environments(true)) {
            assertThatThrownBy(() -> environments.of("", folder, folder)).isInstanceOf(InferenceException.class)
                    .hasMessageContaining("requirements.txt cannot be installed: exit code");
        }
        assertThat(folder).isDirectoryNotContaining("glob:**nereid-python-env-*");
    }
}
