package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.tracing.TraceLevel;
import io.nereid.server.tracing.TraceSettings;
import io.nereid.server.tracing.TracingConfig;

import java.util.List;
import java.util.Locale;

/** What a server says of itself once it runs: its models and its options, as the tables Triton prints. */
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

    /** The server's options, defaults included. */
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
        table.row("gpu_fallback", config.repositories().cpuInsteadOfGpus() ? "cpu" : "none");
        table.row("strict_model_config", config.repositories().autoCompleteConfig() ? "0" : "1");
        table.row("strict_readiness", config.strictReadiness() ? "1" : "0");
        table.row("exit_on_error", config.exitOnError() ? "1" : "0");
        table.row("exit_timeout", "" + config.exitTimeout().toSeconds());
        table.row("drain_grace", "" + config.drainGrace().toSeconds());
        admission(table, config.admission());
        http(table, config.http());
        grpc(table, config.grpc());
        platforms(table, config);
        metrics(table, config.metrics());
        logging(table, config.logging());
        tracing(table, config.tracing());
        config.backends().global().forEach((key, value) -> table.row("backend_config[" + key + "]", value));
        config.backends().byBackend().forEach((backend, settings) -> settings
                .forEach((key, value) -> table.row("backend_config[" + backend + "," + key + "]", value)));
        return table.toString();
    }

    private static void admission(TextTable table, LedgerLimits limits) {
        table.row("max_inflight_requests", "" + limits.maxRequests());
        table.row("max_inflight_bytes", "" + limits.maxBytes());
        table.row("max_inflight_heap_bytes", "" + limits.maxHeapBytes());
        table.row("min_client_bytes_per_sec", "" + limits.minClientBytesPerSecond());
    }

    private static void http(TextTable table, HttpConfig http) {
        table.row("http_thread_count", "" + http.threads());
        table.row("http_max_input_size", "" + http.limits().maxInputBytes());
        table.row("http_max_body_size", "" + http.limits().maxBodyBytes());
        table.row("http_max_connections", "" + http.limits().maxConnections());
        table.row("http_idle_timeout", "" + http.limits().idleTimeout().toSeconds());
        table.row("http_head_timeout", "" + http.limits().headTimeout().toSeconds());
        table.row("http_body_timeout", "" + http.limits().bodyTimeout().toSeconds());
        table.row("http_header_forward_pattern", http.headerForwardPattern());
    }

    private static void grpc(TextTable table, GrpcConfig grpc) {
        table.row("grpc_max_connections", "" + grpc.limits().maxConnections());
        table.row("grpc_max_message_size", "" + grpc.limits().maxMessageBytes());
        table.row("grpc_message_timeout", "" + grpc.limits().messageTimeout().toSeconds());
        table.row("grpc_idle_timeout", "" + grpc.limits().idleTimeout().toSeconds());
    }

    private static void platforms(TextTable table, ServerConfig config) {
        config.sageMaker().ifPresent(of -> {
            table.row("sagemaker_thread_count", "" + of.threads());
            table.row("sagemaker_ping_mode", of.ping().name().toLowerCase(Locale.ROOT));
            table.row("sagemaker_inference_type", of.inference().name().toLowerCase(Locale.ROOT));
            table.row("sagemaker_default_model", of.defaultModel());
        });
        config.vertexAi().ifPresent(of -> {
            table.row("vertex_ai_thread_count", "" + of.threads());
            table.row("vertex_ai_predict_route", of.predictRoute());
            table.row("vertex_ai_health_route", of.healthRoute());
            table.row("vertex_ai_default_model", of.defaultModel());
        });
    }

    private static void metrics(TextTable table, MetricsConfig metrics) {
        table.row("metrics", metrics.enabled() ? "1" : "0");
        table.row("gpu_metrics", metrics.gpus() ? "1" : "0");
        table.row("cpu_metrics", metrics.processors() ? "1" : "0");
        table.row("metrics_interval_ms", "" + metrics.interval().toMillis());
        table.row("counter_latencies", metrics.latencies().counters() ? "1" : "0");
        table.row("summary_latencies", metrics.latencies().summaries() ? "1" : "0");
        table.row("histogram_latencies", metrics.latencies().histograms() ? "1" : "0");
        table.row("own_histograms", metrics.latencies().ownHistograms() ? "1" : "0");
    }

    private static void logging(TextTable table, LoggingConfig logging) {
        table.row("log_verbose", "" + logging.verbose());
        table.row("log_info", logging.info() ? "1" : "0");
        table.row("log_warning", logging.warning() ? "1" : "0");
        table.row("log_error", logging.error() ? "1" : "0");
        table.row("log_format", logging.format().word());
        table.row("access_log", logging.accessLog().orElse(""));
    }

    private static void tracing(TextTable table, TracingConfig tracing) {
        TraceSettings settings = tracing.settings();
        table.row("trace_mode", tracing.mode().word());
        table.row("trace_level", String.join(",", TraceLevel.names(settings.levels())));
        table.row("trace_rate", "" + settings.rate());
        table.row("trace_count", "" + settings.count());
        switch (tracing.mode()) {
            case TRITON -> table.row("trace_file", tracing.file());
            case OPENTELEMETRY -> tracing.openTelemetry().shown()
                    .forEach((name, value) -> table.row("trace_opentelemetry[" + name + "]", value));
        }
    }

    /** The log has the whole of it. */
    private static String firstLine(String reason) {
        String text = reason.strip();
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).strip() + " ...";
    }
}
