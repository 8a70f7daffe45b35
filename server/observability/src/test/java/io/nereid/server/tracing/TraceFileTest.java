package io.nereid.server.tracing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class TraceFileTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void accept_timestampsAndTensors_areTritonsObjects() throws Exception {
        byte[] floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2).array();
        byte[] texts = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putInt(2)
                .put("a\"".getBytes(StandardCharsets.UTF_8)).putInt(2).put("bc".getBytes(StandardCharsets.UTF_8))
                .array();
        List<TraceEvent> events = List.of(new TraceEvent.Timestamp("QUEUE_START", 5),
                new TraceEvent.TensorActivity("TENSOR_QUEUE_INPUT", 6,
                        copy("IN", DataType.FP32, Shape.of(1, 2), floats)),
                new TraceEvent.TensorActivity("TENSOR_BACKEND_OUTPUT", 7,
                        copy("OUT", DataType.BYTES, Shape.of(2), texts)));
        try (TraceFile file = file()) {
            file.accept(new Trace(new TraceStart(sampler(-1, 0), 3, null), "m", 2, "r\n1", "", events));
        }
        assertThat(read("t")).isEqualTo(JSON.readTree("""
                [{"id":3,"model_name":"m","model_version":2,"request_id":"r\\n1"},
                {"id":3,"timestamps":[{"name":"QUEUE_START","ns":5}]},
                {"id":3,"activity":"TENSOR_QUEUE_INPUT","tensor":
                  {"name":"IN","data":"1.5,-2.0","shape":"1,2","dtype":"FP32"}},
                {"id":3,"activity":"TENSOR_BACKEND_OUTPUT","tensor":
                  {"name":"OUT","data":"\\"a\\"\\",\\"bc\\"","shape":"2","dtype":"BYTES"}}]"""));
    }

    @Test
    void accept_noFrequencyNoCount_isOneFile() throws IOException {
        try (TraceFile file = file()) {
            TraceSampler sampler = sampler(-1, 0);
            for (int id = 1; id <= 5; id++) {
                file.accept(trace(sampler, id));
            }
        }
        assertThat(ids("t")).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(names()).containsExactly("t");
    }

    @Test
    void accept_frequency_isAFileForSoManyAndTheRestAtTheEnd() throws IOException {
        try (TraceFile file = file()) {
            TraceSampler sampler = sampler(-1, 2);
            for (int id = 1; id <= 5; id++) {
                file.accept(trace(sampler, id));
            }
        }
        assertThat(names()).containsExactly("t", "t.0", "t.1");
        assertThat(ids("t.0")).containsExactly(1L, 2L);
        assertThat(ids("t.1")).containsExactly(3L, 4L);
        assertThat(ids("t")).containsExactly(5L);
    }

    @Test
    void accept_countReached_isANumberedFile() throws IOException {
        try (TraceFile file = file()) {
            TraceSampler sampler = sampler(3, 0);
            for (int id = 1; id <= 3; id++) {
                file.accept(trace(sampler, id));
            }
        }
        assertThat(names()).containsExactly("t.0");
        assertThat(ids("t.0")).containsExactly(1L, 2L, 3L);
    }

    @Test
    void retired_tracesCollected_goToTheOneFile() throws IOException {
        try (TraceFile file = file()) {
            TraceSampler sampler = sampler(10, 4);
            file.accept(trace(sampler, 1));
            sampler.retire();
            file.retired(sampler);
            file.accept(trace(sampler, 2));
            file.accept(trace(sampler(-1, 0), 3));
        }
        assertThat(names()).containsExactly("t");
        assertThat(ids("t")).containsExactlyInAnyOrder(1L, 2L, 3L);
    }

    @Test
    void close_nothingTraced_makesNoFile() throws IOException {
        file().close();
        assertThat(names()).isEmpty();
    }

    private TraceFile file() {
        return new TraceFile(folder.resolve("t").toString());
    }

    private static TraceSampler sampler(int count, int frequency) {
        return new TraceSampler(new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), 1, count, frequency));
    }

    private static Trace trace(TraceSampler sampler, long id) {
        return new Trace(new TraceStart(sampler, id, null), "m", 1, "", "", List.of());
    }

    private static TensorCopy copy(String name, DataType type, Shape shape, byte[] data) {
        return TensorCopy.of(new Tensor(name, type, shape, MemorySegment.ofArray(data)));
    }

    private JsonNode read(String name) throws IOException {
        return JSON.readTree(Files.readString(folder.resolve(name)));
    }

    private List<Long> ids(String name) throws IOException {
        return read(name).findValues("id").stream().map(JsonNode::asLong).toList();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
