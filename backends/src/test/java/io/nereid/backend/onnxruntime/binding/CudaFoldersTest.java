package io.nereid.backend.onnxruntime.binding;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

final class CudaFoldersTest {
    @TempDir
    private Path folder;

    @Test
    void of_namedFolders_areTheNamedOnes() {
        CudaFolders folders = CudaFolders.of("/a:/b/c::", "");
        assertThat(folders.named()).containsExactly(Path.of("/a"), Path.of("/b/c"));
        assertThat(folders.text()).isEqualTo(
                "looked in /a, /b/c, then in the usual folders (NEREID_CUDA_LIBRARIES names folders)");
    }

    @Test
    void of_virtualEnvironment_hasItsPackages() throws Exception {
        Path python = Files.createFile(Files.createDirectories(folder.resolve("bin")).resolve("python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        Path packages = Files.createDirectories(folder.resolve("lib/python3.12/site-packages/nvidia"));

        CudaFolders folders = CudaFolders.of("", "/nowhere:" + folder.resolve("bin"));

        assertThat(folders.usual()).startsWith(Path.of("/usr/local/cuda/lib64"), packages);
        assertThat(folders.named()).isEmpty();
        assertThat(folders.text()).contains("Python");
    }

    @Test
    void of_folderWithoutPython_isPassedOver() throws Exception {
        Files.createDirectories(folder.resolve("lib/python3.12/site-packages/nvidia"));
        Files.createDirectories(folder.resolve("bin"));
        assertThat(CudaFolders.of("", folder.resolve("bin").toString()).usual())
                .noneMatch(path -> path.startsWith(folder));
    }
}
