package io.nereid.backend.python;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.RequestWriter;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class WorkerArgumentsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ModelConfig config() {
        return RunningModel.config("m\"1", """
                backend: "python" max_batch_size: 8
                input { name: "IN" data_type: TYPE_FP32 dims: [ 1 ] }
                output { name: "B" data_type: TYPE_FP32 dims: [ 1 ] }
                output { name: "A" data_type: TYPE_FP32 dims: [ 1 ] }
                """);
    }

    private static InstancePlacement placement() {
        return new InstancePlacement("m_0_1", InstancePlacement.Kind.CPU, 0, 1, false);
    }

    @Test
    void args_sevenTexts_asInitializeGetsThem() throws Exception {
        ModelVersion version = new ModelVersion("m\"1", 7, Path.of("/models/m"), Path.of("/models/m/7"));

        JsonNode args = JSON.readTree(WorkerArguments.args(version, config(), placement()));

        assertThat(args.properties()).hasSize(7).allMatch(member -> member.getValue().isTextual());
        assertThat(args.get("model_name").textValue()).isEqualTo("m\"1");
        assertThat(args.get("model_version").textValue()).isEqualTo("7");
        assertThat(args.get("model_repository").textValue()).isEqualTo("/models/m");
        assertThat(args.get("model_instance_name").textValue()).isEqualTo("m_0_1");
        assertThat(args.get("model_instance_kind").textValue()).isEqualTo("CPU");
        assertThat(args.get("model_instance_device_id").textValue()).isEqualTo("0");
        JsonNode configuration = JSON.readTree(args.get("model_config").textValue());
        assertThat(configuration.get("max_batch_size").intValue()).isEqualTo(8);
    }

    @Test
    void options_outputs_areInTheOrderOfTheConfiguration() throws Exception {
        JsonNode options = JSON.readTree(WorkerArguments.options(config(), "m_0_1"));

        assertThat(options.get("outputs")).map(JsonNode::textValue).containsExactly("B", "A");
        assertThat(options.get("decoupled").booleanValue()).isFalse();
        assertThat(options.get("iterative").booleanValue()).isFalse();
        assertThat(options.get("max_inline").intValue()).isEqualTo(RequestWriter.MAX_INLINE);
        assertThat(options.get("instance").textValue()).isEqualTo("m_0_1");
        assertThat(options.get("pid").longValue()).isEqualTo(ProcessHandle.current().pid());
    }
}
