package io.nereid.backend.onnxruntime;

import io.nereid.backend.CpuBudget;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class SessionSettingsTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
            intra_op_thread_cont, intra_op_thread_count
            INTRA_OP_THREAD_COUNT, intra_op_thread_count
            intra_op_num_threads, intra_op_thread_count
            inter_op_num_threads, inter_op_thread_count
            inter_op_threads_count, inter_op_thread_count
            execution-mode, execution_mode
            enable_cpu_mem_arena, enable_mem_arena
            enable_mem_patern, enable_mem_pattern
            memory.enable_memory_arena_shrinkag, memory.enable_memory_arena_shrinkage
            session.use_device_allocator_for_initializer, session.use_device_allocator_for_initializers
            gpu_memory_limit, gpu_mem_limit
            cudnn_conv_algorithm_search, cudnn_conv_algo_search
            arena_extend_stratgy, arena_extend_strategy
            do_copy_in_default_steam, do_copy_in_default_stream
            """)
    void misspelt_nameNearAKnownOne_isToldWithThatName(String name, String meant) {
        assertThat(SessionSettings.misspelt(config(name))).containsExactly(
                "there is no parameter '" + name + "', it is passed over (did you mean '" + meant + "'?)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"intra_op_thread_count", "inter_op_thread_count", "execution_mode", "enable_mem_arena",
            "enable_mem_pattern", "session.use_device_allocator_for_initializers", "session.force_spinning_stop",
            "session.intra_op.allow_spinning", "session.intra_op.spin_duration_us", "session.dynamic_block_base",
            "memory.enable_memory_arena_shrinkage", "cudnn_conv_algo_search", "arena_extend_strategy",
            "do_copy_in_default_stream", "gpu_mem_limit", "team", "queue_policy.max_queue_size",
            "batching.target_p99_us", "tokenizer_dir", ""})
    void misspelt_knownNameOrSomebodyElses_isNotTold(String name) {
        assertThat(SessionSettings.misspelt(config(name))).isEmpty();
    }

    @Test
    void tooManyThreads_moreThanProcessors_isTold() {
        ModelConfig config = ModelConfigParser.parse("m", "config.pbtxt", """
                backend: "onnxruntime"
                instance_group { kind: KIND_CPU count: 3 }
                parameters { key: "intra_op_thread_count" value { string_value: "2" } }
                """, _ -> false);
        assertThat(SessionSettings.tooManyThreads(config, new CpuBudget(6))).isEmpty();
        assertThat(SessionSettings.tooManyThreads(config, new CpuBudget(5)))
                .hasValue("3 instances with 2 intra-op threads each want 6 processors, there are 5");
    }

    @Test
    void sessionEntries_noneConfigured_threadsStopSpinningBetweenRuns() throws InferenceException {
        assertThat(SessionSettings.of(config("other")).sessionEntries())
                .isEqualTo(Map.of("session.force_spinning_stop", "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"session.force_spinning_stop", "session.intra_op.allow_spinning",
            "session.intra_op.spin_duration_us", "session.dynamic_block_base",
            "session.use_device_allocator_for_initializers"})
    void sessionEntries_configured_areTheUsers(String name) throws InferenceException {
        assertThat(SessionSettings.of(config(name, "0")).sessionEntries()).containsEntry(name, "0");
    }

    private static ModelConfig config(String parameter) {
        return config(parameter, "1");
    }

    private static ModelConfig config(String parameter, String value) {
        return ModelConfigParser.parse("m", "config.pbtxt", "backend: 'onnxruntime' parameters { key: '" + parameter
                + "' value { string_value: '" + value + "' } }", _ -> false);
    }
}
