package io.nereid.server.inference;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class InProcessRequestTest {
    private static ModelServer server;

    @BeforeAll
    static void start(@TempDir Path models) throws Exception {
        TestRepository repository = new TestRepository(models);
        for (DataType type : DataType.values()) {
            repository.withIdentity(name(type), "TYPE_" + (type == DataType.BYTES ? "STRING" : type.name()), "-1", "");
        }
        repository.withIdentity("slow", "TYPE_FP32", "1",
                "instance_group { count: 1 } parameters { key: \"execute_delay_ms\" value { string_value: \"60000\" } }");
        repository.withModel("square", DecoupledModels.SQUARE);
        repository.withIdentity("sequences", "TYPE_FP32", "1",
                "sequence_batching { max_sequence_idle_microseconds: 3600000000 }");
        server = ModelServer.start(ServerConfig.of(models).withoutPorts());
    }

    @AfterAll
    static void stop() {
        server.close();
        assertThat(server.memory().bytesInUse()).isZero();
        assertThat(server.admission().requests()).isZero();
    }

    @Test
    void infer_arrays_comeBack() throws Exception {
        try (InferenceResult result = ask(DataType.FP32).input("IN", new float[]{1, 2, 3, 4}, 2, 2).infer()) {
            assertThat(result.output("OUT").floats()).containsExactly(1, 2, 3, 4);
            assertThat(result.output("OUT").shape()).isEqualTo(Shape.of(2, 2));
        }
        try (InferenceResult result = ask(DataType.FP64).input("IN", new double[]{0.5, -1}, 1, 2).infer()) {
            assertThat(result.output("OUT").doubles()).containsExactly(0.5, -1);
        }
        try (InferenceResult result = ask(DataType.INT32).input("IN", new int[]{7}, 1, 1).infer()) {
            assertThat(result.output("OUT").ints()).containsExactly(7);
        }
        try (InferenceResult result = ask(DataType.INT64).input("IN", new long[]{1L << 40}, 1, 1).infer()) {
            assertThat(result.output("OUT").longs()).containsExactly(1L << 40);
        }
        try (InferenceResult result = ask(DataType.BOOL).input("IN", new boolean[]{true, false}, 1, 2).infer()) {
            assertThat(result.output("OUT").booleans()).containsExactly(true, false);
        }
        try (InferenceResult result = ask(DataType.BYTES).input("IN", new String[]{"", "Grüße"}, 1, 2).infer()) {
            assertThat(result.output("OUT").strings()).containsExactly("", "Grüße");
        }
        byte[][] files = {{'a', 0}, {}};
        try (InferenceResult result = ask(DataType.BYTES).input("IN", files, 1, 2).infer()) {
            assertThat(result.output("OUT").strings()).containsExactly("a\0", "");
        }
    }

    @Test
    void infer_segments_comeBackForTheTypesThatHaveNoArrayOfTheirOwn() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment two = arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2);
            try (InferenceResult result = ask(DataType.UINT8).input("IN", DataType.UINT8, two, 1, 2).infer()) {
                assertThat(result.output("OUT").bytes()).containsExactly(1, 2);
            }
            MemorySegment onTheHeap = MemorySegment.ofArray(new byte[]{3});
            try (InferenceResult result = ask(DataType.INT8).input("IN", DataType.INT8, onTheHeap, 1, 1).infer()) {
                assertThat(result.output("OUT").bytes()).containsExactly(3);
            }
            try (InferenceResult result = ask(DataType.FP16).input("IN", DataType.FP16, two, 1, 1).infer()) {
                assertThat(result.output("OUT").shorts()).containsExactly((short) 0x0201);
                assertThat(result.output("OUT").segment().mismatch(two)).isEqualTo(-1);
            }
        }
    }

    @Test
    void infer_sequence_beginsWithItsStart() throws Exception {
        CorrelationId id = CorrelationId.of("s");
        assertThatThrownBy(() -> ofSequence(id, false, false).infer())
                .hasMessage(
                        "inference request for sequence s to model 'sequences' must specify the START flag on the first"
                                + " request of the sequence");
        for (int i = 0; i < 3; i++) {
            try (InferenceResult result = ofSequence(id, i == 0, i == 2).infer()) {
                assertThat(result.output("OUT").floats()).containsExactly(5);
            }
        }
        assertThatThrownBy(() -> ofSequence(id, false, false).infer())
                .hasMessageContaining("must specify the START flag");
    }

    private static InProcessRequest ofSequence(CorrelationId id, boolean start, boolean end) {
        return server.inference().request("sequences").input("IN", new float[]{5}, 1, 1).sequence(id, start, end);
    }

    @Test
    void infer_segmentThatIsClosed_takesNoMemory() {
        InProcessRequest request = ask(DataType.INT8);
        try (Arena arena = Arena.ofConfined()) {
            request.input("IN", DataType.INT8, arena.allocate(1), 1, 1);
        }

        assertThatThrownBy(request::infer).isInstanceOf(IllegalStateException.class); // stop() looks at the memory
    }

    @Test
    void infer_partOfAnOutput_asClassesAndByName() throws Exception {
        InProcessRequest request = ask(DataType.FP32).input("IN", new float[]{1, 3, 2}, 1, 3);

        try (InferenceResult result = request.classes("OUT", 2).infer()) {
            assertThat(result.output("OUT").strings()).containsExactly("3.000000:1", "2.000000:2");
        }
    }

    @Test
    void infer_whatDoesNotFit_isWhatAClientIsTold() {
        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> ask(DataType.FP32).id("seven").input("IN", new int[]{1}, 1, 1).infer());

        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(error.text()).contains("seven", "data-type is 'INT32'", "expects 'FP32'");
    }

    @Test
    void infer_tooFewElements_isRefused() {
        assertThatThrownBy(() -> ask(DataType.FP32).input("IN", new float[]{1}, 1, 2).infer())
                .isInstanceOf(InferenceException.class).hasMessageContaining("IN");
    }

    @Test
    void infer_unknownModelOrVersion_isRefused() {
        assertThatThrownBy(() -> server.inference().request("nobody").input("IN", new float[1], 1).infer())
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> ask(DataType.FP32).version(9).input("IN", new float[1], 1, 1).infer())
                .hasMessageContaining("version 9");
    }

    @Test
    void infer_decoupled_oneResponseIsTheAnswerAndMoreAreAnError() throws Exception {
        try (InferenceResult result = square(1).infer()) {
            assertThat(result.output("OUT").ints()).containsExactly(1);
        }

        InferenceException error = catchThrowableOfType(InferenceException.class, () -> square(5).infer());
        assertThat(error.text()).contains("expected a single response", "send(listener)");
    }

    @Test
    void output_wrongTypeOrName_saysWhatThereIs() throws Exception {
        try (InferenceResult result = ask(DataType.FP32).input("IN", new float[1], 1, 1).infer()) {
            assertThatThrownBy(() -> result.output("OUT").longs()).hasMessageContaining("FP32");
            assertThatThrownBy(() -> result.output("y")).hasMessageContaining("'y'").hasMessageContaining("OUT");
        }
    }

    @Test
    void output_afterClose_isRefused() throws Exception {
        InferenceResult result = ask(DataType.FP32).input("IN", new float[1], 1, 1).infer();
        result.close();
        result.close();

        assertThatThrownBy(() -> result.output("OUT")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void inferAsync_completes() throws Exception {
        CompletableFuture<InferenceResult> future = ask(DataType.INT32).input("IN", new int[]{1}, 1, 1)
                .timeout(Duration.ofSeconds(1)).priority(0).inferAsync();

        try (InferenceResult result = future.get()) {
            assertThat(result.output("OUT").ints()).containsExactly(1);
        }
        assertThat(ask(DataType.INT32).inferAsync()).isCompletedExceptionally();
    }

    @Test
    void inferAsync_cancelled_endsTheRequest() {
        CompletableFuture<InferenceResult> future = server.inference().request("slow").input("IN", new float[1], 1, 1)
                .inferAsync();

        assertThat(future.cancel(true)).isTrue(); // stop() sees whether it has given everything back
    }

    @Test
    void infer_interrupted_endsTheRequest() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> server.inference().request("slow").input("IN", new float[1], 1, 1).infer())
                .isInstanceOf(InterruptedException.class);
    }

    private static InProcessRequest ask(DataType type) {
        return server.inference().request(name(type));
    }

    private static InProcessRequest square(int responses) {
        return server.inference().request("square").input("IN", new int[]{responses}, 1);
    }

    private static String name(DataType type) {
        return "identity_" + type.name();
    }

}
