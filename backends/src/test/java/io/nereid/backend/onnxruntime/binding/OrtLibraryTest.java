package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.device.StandInLibrary;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

final class OrtLibraryTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"Linux, amd64, linux-x64", "Linux, aarch64, linux-aarch64", "Mac OS X, aarch64, osx-aarch64",
            "Windows 11, amd64, win-x64"})
    void platform_anyMachine_isThePackagesName(String osName, String osArch, String platform) {
        assertThat(OrtLibrary.platform(osName, osArch)).isEqualTo(platform);
    }

    @Test
    void hasCuda_folder_isTheGpuBuildIfTheProviderIsThere() throws Exception {
        assertThat(OrtLibrary.hasCuda(folder.toString())).isFalse();
        Files.writeString(folder.resolve(System.mapLibraryName("onnxruntime_providers_cuda")), "");
        assertThat(OrtLibrary.hasCuda(folder.toString())).isTrue();
        assertThat(OrtLibrary.hasCuda(null)).isEqualTo(OrtLibrary.hasCuda(""));
    }

    @Test
    void load_folderWithoutLibrary_namesFileAndProperty() {
        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> OrtLibrary.load(folder.toString()));

        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.text()).contains(folder.toString(), "-Donnxruntime.native.path");
    }

    @Test
    void load_fileThatIsNoLibrary_saysSo() throws Exception {
        Files.writeString(folder.resolve(System.mapLibraryName("onnxruntime")), "no library");

        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> OrtLibrary.load(folder.toString()));

        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.text()).contains(folder.toString(), "cannot be loaded");
    }

    @Test
    void cudaObstacle_folderWithoutLibrary_isThatOfTheLibrary() {
        assertThat(OrtLibrary.cudaObstacle(folder.toString(), CudaFolders.of("", "")))
                .startsWith("no ONNX Runtime library at " + folder);
    }

    @Test
    void cudaObstacle_providerWhoseLibrariesAreNowhere_namesThemAndWhereTheyWereLookedFor() throws Exception {
        StandInLibrary.compiled(folder, "onnxruntime", "int nothing;");
        String needed = StandInLibrary.compiled(folder, "cublasNowhere", "int f() { return 1; }",
                "-Wl,-soname,libcublasNowhere.so.12");
        StandInLibrary.compiled(folder, "onnxruntime_providers_cuda", "int f(); int g() { return f(); }", needed);
        assertThat(OrtLibrary.hasCuda(folder.toString())).isTrue();

        assertThat(OrtLibrary.cudaObstacle(folder.toString(), CudaFolders.of("/not/there", "")))
                .isEqualTo("CUDA's libraries are not all there: got no libcublasNowhere.so.12; looked in /not/there,"
                        + " then in the usual folders (NEREID_CUDA_LIBRARIES names folders)");

        Files.move(Path.of(needed), folder.resolve("libcublasNowhere.so.12"));
        assertThat(OrtLibrary.cudaObstacle(folder.toString(), CudaFolders.of("/not/there", ""))).isEmpty();
    }

    @Test
    void load_twice_isTheSameLibrary() throws Exception {
        assertThat(OrtLibrary.load(null)).isSameAs(OrtLibrary.load(""));
    }
}
