package io.nereid.server.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.backend.device.Nvml;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import io.nereid.server.metrics.ResidentMemory;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Version;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** {@code /console/api/overview}: the server and all its versions, in one document that all viewers share. */
final class OverviewEndpoint implements ConsoleEndpoint {
    private static final JsonFactory JSON = new JsonFactory();

    private final ConsoleSources sources;
    private final long startNanos;
    private final SharedDocument document;

    /** The server has been up since now. */
    OverviewEndpoint(ConsoleSources sources) {
        this.sources = sources;
        this.startNanos = sources.clock().nanoTime();
        this.document = new SharedDocument(sources.clock(), this::document);
    }

    /** States and their reasons are the repository index's. */
    @Override
    public List<ApiCategory> alsoOf() {
        return List.of(ApiCategory.MODEL_REPOSITORY);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) {
        return ConsoleReply.of(document.get());
    }

    private byte[] document() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(json, sources.clock().nanoTime());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toByteArray();
    }

    private void write(JsonGenerator json, long now) throws IOException {
        List<VersionReading> versions = sources.models().index().stream()
                .map(entry -> VersionReading.of(sources.models(), entry)).toList();
        json.writeStartObject();
        json.writeNumberField("now_ns", now);
        writeServer(json, now);
        writeLedger(json, sources.ledger());
        writeProcess(json);
        writeRefused(json, versions);
        writeGpus(json, sources.gpus().get());
        json.writeArrayFieldStart("models");
        for (VersionReading version : versions) {
            write(json, version);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeServer(JsonGenerator json, long now) throws IOException {
        json.writeObjectFieldStart("server");
        json.writeStringField("name", sources.metadata().name());
        json.writeStringField("version", Version.current());
        json.writeStringField("mode", sources.mode().word());
        json.writeBooleanField("ready", sources.models().isReady() && !sources.models().isStopping());
        json.writeBooleanField("can_control", sources.mode().isControlledByClients());
        json.writeNumberField("uptime_ns", now - startNanos);
        json.writeEndObject();
    }

    private static void writeLedger(JsonGenerator json, Ledger ledger) throws IOException {
        json.writeObjectFieldStart("ledger");
        json.writeNumberField("limit_bytes", ledger.limit(Resource.NATIVE));
        json.writeNumberField("held_bytes", ledger.held(Resource.NATIVE));
        json.writeNumberField("in_flight_requests", ledger.held(Resource.REQUESTS) + ledger.ending(Resource.REQUESTS));
        json.writeEndObject();
    }

    private static void writeProcess(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("process");
        json.writeNumberField("resident_bytes", ResidentMemory.ofThisProcess().orElse(0));
        json.writeNumberField("heap_bytes", Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        json.writeEndObject();
    }

    /** Those of versions that are unloaded since are none of these. */
    private void writeRefused(JsonGenerator json, List<VersionReading> versions) throws IOException {
        Map<String, Long> refused = new TreeMap<>();
        sources.refused().counts().forEach((reason, count) -> refused.merge(word(reason), count, Long::sum));
        for (VersionReading version : versions) {
            version.counts().rejected().forEach((reason, count) -> refused.merge(word(reason), count, Long::sum));
        }
        json.writeObjectFieldStart("refused");
        for (Map.Entry<String, Long> reason : refused.entrySet()) {
            if (reason.getValue() > 0) {
                json.writeNumberField(reason.getKey(), reason.getValue());
            }
        }
        json.writeEndObject();
    }

    /** A reason as metrics name it. */
    static String word(Enum<?> reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static void writeGpus(JsonGenerator json, Map<String, Nvml.Reading> gpus) throws IOException {
        json.writeArrayFieldStart("gpus");
        for (Map.Entry<String, Nvml.Reading> gpu : gpus.entrySet()) {
            json.writeStartObject();
            json.writeStringField("uuid", gpu.getKey());
            if (gpu.getValue().utilization().isPresent()) {
                json.writeNumberField("utilization", gpu.getValue().utilization().getAsDouble());
            }
            writeIfMeasured(json, "memory_used_bytes", gpu.getValue().memoryUsedBytes());
            writeIfMeasured(json, "memory_total_bytes", gpu.getValue().memoryTotalBytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeIfMeasured(JsonGenerator json, String field, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(field, value.getAsLong());
        }
    }

    private static void write(JsonGenerator json, VersionReading version) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", version.entry().name());
        json.writeStringField("version", VersionReading.version(version.entry()));
        json.writeStringField("state", version.entry().state().name());
        json.writeStringField("reason", version.entry().reason());
        json.writeNumberField("requests", version.counts().ended());
        json.writeNumberField("failures", version.counts().failed());
        json.writeNumberField("queue_length", version.load().requests());
        json.writeNumberField("oldest_wait_ns", version.load().oldestWaitNanos());
        json.writeStringField("backend", version.backend());
        json.writeEndObject();
    }
}
