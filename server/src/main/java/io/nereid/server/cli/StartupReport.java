package io.nereid.server.cli;

import io.nereid.server.HttpConfig;
import io.nereid.server.ServerConfig;

import java.util.List;

/** What a server says of itself once it runs: its models and what it was told, as the tables Triton prints. */
final class StartupReport {
    private StartupReport() {}

    /** The models, their versions, and READY or why not. */
    static String models(List<StartedServer.ModelStatus> models) {
        TextTable table = new TextTable("Model", "Version", "Status");
        for (StartedServer.ModelStatus model : models) {
            table.row(model.name(), model.version(),
                    model.ready() ? "READY" : "UNAVAILABLE: " + firstLine(model.reason()));
        }
        return table.toString();
    }

    /** What the server was told, defaults included. */
    static String options(ServerConfig config) {
        TextTable table = new TextTable("Option", "Value");
        table.row("server_id", config.id());
        for (int index = 0; index < config.repositories().locations().size(); index++) {
            table.row("model_repository_path[%d]".formatted(index),
                    config.repositories().locations().get(index));
        }
        table.row("model_control_mode", "MODE_" + config.repositories().control().mode());
        table.row("model_config_name", config.repositories().configName());
        table.row("model_load_thread_count", "" + config.repositories().loadThreads());
        table.row("strict_model_config", config.repositories().autoCompleteConfig() ? "0" : "1");
        table.row("strict_readiness", config.strictReadiness() ? "1" : "0");
        table.row("exit_on_error", config.exitOnError() ? "1" : "0");
        table.row("exit_timeout", "" + config.exitTimeout().toSeconds());
        http(table, config.http());
        config.backends().global().forEach((key, value) -> table.row("backend_config[" + key + "]", value));
        config.backends().byBackend().forEach((backend, settings) -> settings
                .forEach((key, value) -> table.row("backend_config[" + backend + "," + key + "]", value)));
        return table.toString();
    }

    private static void http(TextTable table, HttpConfig http) {
        table.row("http_thread_count", "" + http.threads());
        table.row("http_max_input_size", "" + http.limits().maxInputBytes());
        table.row("http_max_body_size", "" + http.limits().maxBodyBytes());
        table.row("http_idle_timeout", "" + http.limits().idleTimeout().toSeconds());
        table.row("http_head_timeout", "" + http.limits().headTimeout().toSeconds());
        table.row("http_body_timeout", "" + http.limits().bodyTimeout().toSeconds());
        table.row("http_header_forward_pattern", http.headerForwardPattern());
    }

    /** The log has the whole of it. */
    private static String firstLine(String reason) {
        String text = reason.strip();
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).strip() + " ...";
    }
}
