package io.nereid.server.logging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;

class AccessLogTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant TIME = Instant.parse("2026-11-23T03:07:09.5Z");

    @TempDir
    private Path folder;

    @Test
    void add_entry_isOneLineOfJson() throws Exception {
        Path file = folder.resolve("access");
        try (AccessLog log = AccessLog.open(file.toString())) {
            log.add(new AccessEntry(TIME, "http", "10.0.0.1:5", "i\n\"d", "m", "1", 2, 8, 10L, 20L, 30L, 40L, 150, 1,
                    "ok", 200, "", 5, 6));
            log.add(new AccessEntry(TIME, "grpc", "", "", "unknown", "", 0, 0, null, null, null, null, 7, 0,
                    "not_found", 0, "no such \u0007 model", 5, 0));
        }
        assertThat(Files.readString(file)).hasLineCount(2);
        JsonNode good = JSON.readTree(Files.readAllLines(file).getFirst());
        assertThat(good).isEqualTo(JSON.readTree("""
                {"time":"2026-11-23T03:07:09.500Z","protocol":"http","client":"10.0.0.1:5","id":"i\\n\\"d","model":"m",
                "version":"1","batch_size":2,"executed_batch_size":8,"queue_us":10,"compute_input_us":20,
                "compute_infer_us":30,"compute_output_us":40,"total_us":150,"responses":1,"status":"ok",
                "http_status":200,"bytes_in":5,"bytes_out":6}"""));
        JsonNode bad = JSON.readTree(Files.readAllLines(file).getLast());
        assertThat(bad.get("status").asText()).isEqualTo("not_found");
        assertThat(bad.get("error").asText()).isEqualTo("no such \u0007 model");
        assertThat(bad.get("queue_us").isNull()).isTrue();
        assertThat(bad.has("http_status")).isFalse();
    }
}
