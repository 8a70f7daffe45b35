package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.model.config.BackendConfig;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class StartupReportTest {
    @Test
    void models_readyAndNot_isTritonsTable() {
        assertThat(StartupReport.models(List.of(new StartedServer.ModelStatus("food_classifier_onnx", "1", true, ""),
                new StartedServer.ModelStatus("broken", "-", false, "no config\n  no version\n")))).isEqualTo("""
                        +----------------------+---------+----------------------------+
                        | Model                | Version | Status                     |
                        +----------------------+---------+----------------------------+
                        | food_classifier_onnx | 1       | READY                      |
                        | broken               | -       | UNAVAILABLE: no config ... |
                        +----------------------+---------+----------------------------+
                        """);
    }

    @Test
    void models_none_isAnEmptyTable() {
        assertThat(StartupReport.models(List.of())).isEqualTo("""
                +-------+---------+--------+
                | Model | Version | Status |
                +-------+---------+--------+
                +-------+---------+--------+
                """);
    }

    @Test
    void options_config_listsWhatHolds() {
        ServerConfig config = ServerConfig.of(Path.of("/a"), Path.of("/b"))
                .withBackends(BackendConfig.NONE.with("onnxruntime", "k", "v").with("", "g", "w"));
        assertThat(StartupReport.options(config).lines().map(line -> line.replaceAll(" +", " ")))
                .contains("| server_id | triton |", "| model_repository_path[0] | /a |",
                        "| model_repository_path[1] | /b |", "| exit_timeout | 30 |", "| metrics | 0 |",
                        "| metrics_interval_ms | 2000 |", "| counter_latencies | 1 |",
                        "| backend_config[onnxruntime,k] | v |", "| backend_config[g] | w |");
    }
}
