package io.nereid.server.tracing;

import io.nereid.server.config.Require;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How traces are sent to an OpenTelemetry collector.
 *
 * @param url where it takes OTLP over HTTP
 * @param resource what the server says of itself, by attribute; {@code service.name} among them
 * @param maxQueueSize how many spans may wait to be sent; more are dropped
 * @param scheduleDelay how long they wait for others
 * @param maxExportBatchSize how many are sent at once at most
 */
public record OpenTelemetryConfig(String url, Map<String, String> resource, int maxQueueSize, Duration scheduleDelay,
        int maxExportBatchSize) {
    /** The attribute that names the server. */
    public static final String SERVICE_NAME = "service.name";

    /** A collector on this machine. */
    public static final OpenTelemetryConfig DEFAULT = new OpenTelemetryConfig("http://localhost:4318/v1/traces",
            Map.of(SERVICE_NAME, "triton-inference-server"), 2048, Duration.ofSeconds(5), 512);

    public OpenTelemetryConfig {
        resource = Map.copyOf(resource);
        Require.that(isHttp(url), "url: got '%s' (expected http://host:port/path)", withoutCredentials(url));
        Require.that(maxQueueSize > 0, "bsp_max_queue_size: got %d (expected 1 or more)", maxQueueSize);
        Require.that(scheduleDelay.isPositive(), "bsp_schedule_delay: got %s (expected more than zero)", scheduleDelay);
        Require.that(maxExportBatchSize > 0 && maxExportBatchSize <= maxQueueSize,
                "bsp_max_export_batch_size: got %d (expected 1 to bsp_max_queue_size, which is %d)", maxExportBatchSize,
                maxQueueSize);
    }

    private static boolean isHttp(String url) {
        try {
            URI uri = new URI(url);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (URISyntaxException _) {
            return false;
        }
    }

    /** The URL as it may be shown: whatever stands before the host's @ is left out. */
    public String shownUrl() {
        return withoutCredentials(url);
    }

    private static String withoutCredentials(String url) {
        return url.replaceFirst("//[^/@]*@", "//");
    }

    /** The settings under the names of {@code --trace-config}, to be shown to clients. */
    public Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("url", shownUrl());
        shown.put("resource", new TreeMap<>(resource).entrySet().stream()
                .map(attribute -> attribute.getKey() + "=" + attribute.getValue()).collect(Collectors.joining(",")));
        shown.put("bsp_max_queue_size", Integer.toString(maxQueueSize));
        shown.put("bsp_schedule_delay", Long.toString(scheduleDelay.toMillis()));
        shown.put("bsp_max_export_batch_size", Integer.toString(maxExportBatchSize));
        return shown;
    }

    /** The same with another attribute. */
    public OpenTelemetryConfig withResource(String key, String value) {
        Map<String, String> all = new LinkedHashMap<>(resource);
        all.put(key, value);
        return new OpenTelemetryConfig(url, all, maxQueueSize, scheduleDelay, maxExportBatchSize);
    }
}
