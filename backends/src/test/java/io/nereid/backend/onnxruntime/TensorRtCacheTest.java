package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.backend.RunningModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

final class TensorRtCacheTest {
    @TempDir
    private Path folder;

    private static ModelConfig config(String parameters) {
        return RunningModel.config("m", "backend: \"onnxruntime\" optimization { execution_accelerators {"
                + " gpu_execution_accelerator { name: \"tensorrt\" " + parameters + " } } }");
    }

    private ModelVersion version() {
        return new ModelVersion("m", 3, folder, folder);
    }

    @Test
    void settings_aFolder_isDividedByModelAndVersion() throws Exception {
        Path cache = folder.resolve("cache");
        Path own = cache.resolve("m/3");
        assertThat(TensorRtCache.settings(cache, version(), config(""))).isEqualTo(Map.of("trt_engine_cache_enable",
                "1", "trt_engine_cache_path", own.toString(), "trt_timing_cache_enable", "1", "trt_timing_cache_path",
                own.toString()));
        assertThat(own).isDirectory();
    }

    @Test
    void settings_configurationThatWantsNone_hasNone() throws Exception {
        Path cache = folder.resolve("cache");
        assertThat(TensorRtCache.settings(cache, version(),
                config("parameters { key: \"trt_engine_cache_enable\" value: \"0\" }"))).isEmpty();
        assertThat(TensorRtCache.settings(cache, version(), RunningModel.config("m", "backend: \"onnxruntime\"")))
                .isEmpty();
        assertThat(cache).doesNotExist();
    }

    @Test
    void settings_noFolder_leavesTheConfigurationToSayButKeepsNamesApart() throws Exception {
        assertThat(TensorRtCache.settings(null, version(), config(""))).isEqualTo(
                Map.of("trt_engine_cache_prefix", "m_3"));
    }

    @Test
    void settings_folderThatCannotBe_isNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> TensorRtCache.settings(file, version(), config("")))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .withMessageContaining("tensorrt-cache").withMessageContaining(file.resolve("m/3").toString());
    }
}
