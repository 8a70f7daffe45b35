package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.backend.RunningModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which file a version's instances open. */
final class ModelFileTest {
    @TempDir
    private Path folder;
    private Path version;

    @BeforeEach
    void createVersion() throws Exception {
        version = Files.createDirectories(folder.resolve("1"));
    }

    private ModelFile file(String config) {
        return ModelFile.of(new ModelVersion("m", 1, folder, version),
                RunningModel.config("m", "backend: \"onnxruntime\" " + config));
    }

    private Path write(String name) throws Exception {
        return Files.writeString(version.resolve(name), "model");
    }

    @Test
    void forCpu_noNameGiven_isModelOnnx() throws Exception {
        Path model = write("model.onnx");
        write("other.onnx");
        assertThat(file("").forCpu()).isEqualTo(model);
    }

    @Test
    void forCpu_nameGiven_isThatFileAndNoOther() throws Exception {
        write("model.onnx");
        assertThatThrownBy(() -> file("default_model_filename: \"other.onnx\"").forCpu())
                .isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                    assertThat(e.text()).startsWith("unable to find '" + version.resolve("other.onnx")
                            + "' for model 'm', version 1: ").contains("model.onnx");
                });
        Path other = write("other.onnx");
        assertThat(file("default_model_filename: \"other.onnx\"").forCpu()).isEqualTo(other);
    }

    @Test
    void forCpu_directory_isTheModelInIt() throws Exception {
        Files.createDirectory(version.resolve("model.onnx"));
        assertThatThrownBy(() -> file("").forCpu()).isInstanceOf(InferenceException.class);
        Path inside = write("model.onnx/model.onnx");
        assertThat(file("").forCpu()).isEqualTo(inside);
    }

    @Test
    void forGpu_computeCapability_choosesItsFileElseTheDefault() throws Exception {
        Path model = write("model.onnx");
        Path hopper = write("hopper.onnx");
        ModelFile file = file("cc_model_filenames { key: \"9.0\" value: \"hopper.onnx\" }");
        assertThat(file.forGpu("9.0")).isEqualTo(hopper);
        assertThat(file.forGpu("8.0")).isEqualTo(model);
        assertThat(file.forCpu()).isEqualTo(model);
    }

    @Test
    void forCpu_emptyFileOrPointerOfGitLfs_saysWhatIsWrong() throws Exception {
        Files.writeString(version.resolve("model.onnx"), "");
        assertThatThrownBy(() -> file("").forCpu()).hasMessageStartingWith("unable to load model 'm', version 1: '")
                .hasMessageContaining("empty");
        Files.writeString(version.resolve("model.onnx"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
        assertThatThrownBy(() -> file("").forCpu()).hasMessageContaining("git lfs");
    }
}
