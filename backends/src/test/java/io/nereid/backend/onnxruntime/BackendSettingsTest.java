package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.OnnxRuntime.ThreadPools;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What {@code --backend-config=onnxruntime,...} says. */
final class BackendSettingsTest {
    @Test
    void of_nothing_isTritonsDefault() throws Exception {
        BackendSettings settings = BackendSettings.of(Map.of());
        assertThat(settings.defaultMaxBatchSize()).isEqualTo(4);
        assertThat(settings.threadPools()).isNull();
    }

    @Test
    void of_globalThreadPool_hasTheCountsThatAreGiven() throws Exception {
        Map<String, String> counts = Map.of("intra_op_thread_count", "3", "inter_op_thread_count", " 2 ");
        assertThat(BackendSettings.of(counts).threadPools()).as("not asked for").isNull();
        assertThat(BackendSettings.of(Map.of("enable-global-threadpool", "1", "intra_op_thread_count", "3",
                "inter_op_thread_count", " 2 ")).threadPools()).isEqualTo(new ThreadPools(3, 2));
        assertThat(BackendSettings.of(Map.of("enable-global-threadpool", "1")).threadPools())
                .isEqualTo(new ThreadPools(0, 0));
    }

    @Test
    void of_tensorRtCache_isAPath() throws Exception {
        assertThat(BackendSettings.of(Map.of()).tensorRtCache()).isNull();
        assertThat(BackendSettings.of(Map.of("tensorrt-cache", " ")).tensorRtCache()).isNull();
        assertThat(BackendSettings.of(Map.of("tensorrt-cache", "a/b")).tensorRtCache()).isAbsolute()
                .endsWithRaw(Path.of("a/b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "many", "", "1.5", "99999999999"})
    void of_valueThatIsNoCount_isNamed(String value) {
        for (String key : new String[]{"default-max-batch-size", "intra_op_thread_count", "enable-global-threadpool"}) {
            assertThatThrownBy(() -> BackendSettings.of(Map.of(key, value)))
                    .isInstanceOfSatisfying(InferenceException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
                        assertThat(e.text()).isEqualTo("--backend-config onnxruntime," + key + "=" + value
                                + ": expected a number, 0 or more");
                    });
        }
    }
}
