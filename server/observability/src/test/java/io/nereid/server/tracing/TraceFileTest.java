package io.nereid.server.tracing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import org.junit.jupiter.api.AfterEach;
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

    private final Ledger ledger = new Ledger(new LedgerLimits(1, 64 << 20, 1, 1), () -> 0);
    /** Bytes of copies that a test has put into a trace with other memory. */
    private int elsewhere;

    @TempDir
    private Path folder;

    @Test
    void accept_timestampsAndTensors_areTritonsObjects() throws Exception {
        byte[] floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2).array();
        byte[] texts = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putInt(2)
                .put("a\"".getBytes(StandardCharsets.UTF_8)).putInt(2).put("bc".getBytes(StandardCharsets.UTF_8))
                .array();
        elsewhere = floats.length + texts.length;
        List<TraceEvent> events = List.of(new TraceEvent.Timestamp("QUEUE_START", 5),
                new TraceEvent.TensorActivity("TENSOR_QUEUE_INPUT", 6,
                        copy("IN", DataType.FP32, Shape.of(1, 2), floats)),
                new TraceEvent.TensorActivity("TENSOR_BACKEND_OUTPUT", 7,
                        copy("OUT", DataType.BYTES, Shape.of(2), texts)));
        try (TraceFile file = file()) {
            file.accept(new Trace(new TraceStart(sampler(-1, 0), 3), "m", 2, "r\n1", "", events, memory()));
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
    void accept_childOfATrace_namesItsParent() throws Exception {
        TraceStart parent = new TraceStart(sampler(-1, 0), 3);
        try (TraceFile file = file()) {
            file.accept(new Trace(new TraceStart(parent.sampler(), 4, null, parent, null), "m", 1, "", "", List.of(),
                    memory()));
        }
        assertThat(read("t")).isEqualTo(JSON.readTree(
                "[{\"id\":4,\"model_name\":\"m\",\"model_version\":1,\"parent_id\":3}]"));
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

    @AfterEach
    void memoryIsReleased() {
        assertThat(ledger.held(Resource.HEAP)).isEqualTo(elsewhere);
    }

    private TraceMemory memory() {
        return new TraceMemory(ledger.detached().request(), true);
    }

    @Test
    void accept_tensorLongerThanAllowed_endsWithThreePoints() throws IOException {
        byte[] bytes = new byte[TraceMemory.MAX_TENSOR_BYTES + 1];
        TraceMemory memory = memory();
        TensorCopy copy = TensorCopy.of(new Tensor("IN", DataType.UINT8, Shape.of(bytes.length),
                MemorySegment.ofArray(bytes)), memory);
        try (TraceFile file = file()) {
            file.accept(new Trace(new TraceStart(sampler(-1, 0), 1), "m", 1, "", "",
                    List.of(new TraceEvent.TensorActivity("TENSOR_QUEUE_INPUT", 6, copy)), memory));
        }
        String data = read("t").get(1).get("tensor").get("data").asText();
        assertThat(data).hasSize(2 * TraceMemory.MAX_TENSOR_BYTES + 3).startsWith("0,0,").endsWith(",0,...");
    }

    @Test
    void accept_manyBytesCollected_areWrittenBeforeTheirNumberIsReached() throws IOException {
        try (TraceFile file = file()) {
            TraceSampler sampler = sampler(-1, 1000);
            for (int id = 1; id <= 6; id++) {
                TraceMemory memory = memory();
                assertThat(memory.takeBytes(1 << 20) + memory.takeBytes(1 << 20)).isEqualTo(2 << 20);
                file.accept(new Trace(new TraceStart(sampler, id), "m", 1, "", "", List.of(), memory));
            }
        }
        assertThat(ids("t.0")).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(ids("t")).containsExactly(6L);
    }

    @Test
    void accept_afterTheEnd_releasesTheTrace() {
        TraceFile file = file();
        file.close();
        TraceMemory memory = memory();
        memory.takeBytes(1000);
        file.accept(new Trace(new TraceStart(sampler(-1, 0), 1), "m", 1, "", "", List.of(), memory));
        assertThat(ledger.held(Resource.HEAP)).isZero();
    }

    private TraceFile file() {
        return new TraceFile(folder.resolve("t").toString());
    }

    private static TraceSampler sampler(int count, int frequency) {
        return new TraceSampler(new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), 1, count, frequency));
    }

    private Trace trace(TraceSampler sampler, long id) {
        return new Trace(new TraceStart(sampler, id), "m", 1, "", "", List.of(), memory());
    }

    private TensorCopy copy(String name, DataType type, Shape shape, byte[] data) {
        return TensorCopy.of(new Tensor(name, type, shape, MemorySegment.ofArray(data)), memory());
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
