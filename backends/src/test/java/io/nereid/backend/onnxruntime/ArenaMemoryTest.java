package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.Pause;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.NativeHeap;
import io.nereid.inference.Await;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** A request of a few bytes that makes ONNX Runtime take much leaves nothing of it behind. */
final class ArenaMemoryTest {
    private static final long MIB = 1 << 20;
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-[0-9a-f]+ ");
    private static final long END_OF_COMPRESSED_POINTERS = 32L << 30;
    private static final long PEAK = 256 * MIB;

    @TempDir
    private Path folder;
    private final TensorMemory memory = new TensorMemory(4 * PEAK, 0, NativeHeap.ofThisProcess());

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    /** It looks when a test says so. */
    private final ArenaTrimmer trimmer = new ArenaTrimmer(new Pause(_ -> Thread.sleep(Long.MAX_VALUE)));

    private OnnxRuntimeBackend backend() throws Exception {
        return new OnnxRuntimeBackend(
                new BackendEnvironment(memory, Map.of(), new CpuBudget(1), new CudaDevices(List.of())), trimmer);
    }

    private static byte[] int64(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    /** What is resident of this process above the addresses where the JVM has its heap, which other tests make grow. */
    private static long residentBytes() throws IOException {
        long bytes = 0;
        boolean heap = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.lookingAt()) {
                heap = Long.parseUnsignedLong(mapping.group(1), 16) < END_OF_COMPRESSED_POINTERS;
            } else if (line.startsWith("Rss:") && !heap) {
                bytes += Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return bytes;
    }

    private OnnxModel largeOutput() {
        return new OnnxModel().input("x", DataType.INT64, 1L).output("y", DataType.FP32, "n")
                .node("ConstantOfShape", "x", "y");
    }

    /** The output is a few bytes; what is large is only between the operators. */
    private OnnxModel largeIntermediate() {
        return new OnnxModel().input("x", DataType.INT64, 1L).output("y", DataType.FP32, 1L)
                .node("ConstantOfShape", "x", "large").node("Abs", "large", "larger")
                .node("ReduceMax", "larger", "y", OnnxModel.number("keepdims", 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void execute_largeRun_memoryReturnsWhenTheInstanceIsIdle(boolean outputIsLarge) throws Exception {
        OnnxModel model = outputIsLarge ? largeOutput() : largeIntermediate();
        try (OnnxRuntimeBackend backend = backend();
                RunningModel running = RunningModel.start(backend, model.writeTo(folder, "m"),
                        RunningModel.config("m", "backend: \"onnxruntime\""))) {
            OnnxRuntimeInstance instance = (OnnxRuntimeInstance) running.instance();
            run(running, 1);
            long before = residentBytes();
            run(running, PEAK / Float.BYTES);
            Await.until(() -> (instance.runMarks() & 1) == 0); // the response comes just before the run's end
            assertThat(instance.keptBytes()).as("kept after the run").isGreaterThanOrEqualTo(PEAK);
            for (int i = 0; i <= ArenaTrimmer.IDLE_LOOKS; i++) {
                trimmer.look();
            }
            assertThat(instance.keptBytes()).as("kept when it was idle").isLessThan(MIB * 4);
            Await.until(() -> residentBytes() - before < PEAK / 2); // a large buffer goes back on another thread
            run(running, 3);
        }
    }

    private void run(RunningModel running, long elements) throws Exception {
        InferenceResponse response = running
                .runOne(Requests.in(memory).input("x", DataType.INT64, Shape.of(1), int64(elements)).build());
        response.memory().release();
    }

    /** Whatever the inputs are: the run that gives memory back must not reach an operator. */
    @Test
    void shrink_modelsOfEveryKindOfInput_runsNoOperator() throws Exception {
        List<OnnxModel> models = List.of(
                new OnnxModel().input("x", DataType.BYTES, "n", 2L).output("y", DataType.BYTES, "n", 2L).node(
                        "Identity",
                        "x", "y"),
                new OnnxModel().input("x", DataType.BYTES, 3L).output("y", DataType.BYTES, 3L).node("Identity", "x",
                        "y"),
                new OnnxModel().input("x", DataType.FP32, 2L, 3L).output("y", DataType.FP32, 2L, 3L).node("Neg", "x",
                        "y"),
                new OnnxModel().inputOfAnyRank("x", DataType.FP32).outputOfAnyRank("y", DataType.FP32).node("Neg", "x",
                        "y"),
                // TopK of an empty row would end the process
                new OnnxModel().input("x", DataType.FP32, "n", "m").input("k", DataType.INT64, 1L)
                        .output("y", DataType.FP32, "n", "k").output("z", DataType.INT64, "n", "k")
                        .node("TopK", "x,k", "y,z"));
        for (int i = 0; i < models.size(); i++) {
            Path directory = Files.createDirectory(folder.resolve("m" + i));
            try (OnnxRuntimeBackend backend = backend();
                    RunningModel running = RunningModel.start(backend, models.get(i).writeTo(directory, "m" + i),
                            RunningModel.config("m" + i, "backend: \"onnxruntime\""))) {
                OnnxRuntimeInstance instance = (OnnxRuntimeInstance) running.instance();
                instance.shrink();
                instance.shrink();
                assertThat(instance.keptBytes()).isLessThan(4 * MIB);
            }
        }
    }

    @Test
    void shrink_closedInstanceOrOneWithoutAnArena_doesNothing() throws Exception {
        try (OnnxRuntimeBackend backend = backend()) {
            OnnxRuntimeInstance closed;
            try (RunningModel running = RunningModel.start(backend, largeOutput().writeTo(folder, "m"),
                    RunningModel.config("m", "backend: \"onnxruntime\""))) {
                closed = (OnnxRuntimeInstance) running.instance();
            }
            closed.shrink();
            assertThat(closed.keptBytes()).isZero();
            try (RunningModel running = RunningModel.start(backend, largeOutput().writeTo(folder, "m"),
                    RunningModel.config("m", "backend: \"onnxruntime\" parameters { key: \"enable_mem_arena\""
                            + " value { string_value: \"0\" } }"))) {
                OnnxRuntimeInstance instance = (OnnxRuntimeInstance) running.instance();
                run(running, PEAK / Float.BYTES);
                instance.shrink();
                assertThat(instance.keptBytes()).isZero();
            }
        }
    }
}
